/** What computes: chosen by itself, by name, and where it cannot. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { RunEvent } from '../../server/protocol/events.ts';
import { events, Rig, record } from './rig.ts';

/** The software GPU of Debian's chromium. */
const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json';
const hasSwiftShader = existsSync(ICD);
if (!hasSwiftShader) console.log(`WebGPU is not tested here: there is no ${ICD} (Debian: apt install chromium).`);

// The daemon has the environment of whoever starts it, and hands it on to its workers.
const rig = new Rig(hasSwiftShader ? { VK_ICD_FILENAMES: ICD } : {});
afterAll(() => rig.close());

const kinds = (all: readonly RunEvent[]) => all.map(({ event }) => event);
const losses = (run: string) => events(run).flatMap((event) => (event.event === 'step' ? [event.loss] : []));

async function finished(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.cli(...args, '--json');
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect([code, last.event], stderr).toEqual([0, 'finished']);
  return last.run;
}

test('`auto` takes the processor where nothing else can, without a measurement', async ({ skip }) => {
  const recipe = rig.recipe('auto', { training: { max_steps: 2 } });
  const run = await finished('run', recipe);
  if (kinds(events(run)).includes('calibrating')) skip('this machine has a GPU');
  expect(kinds(events(run)).slice(0, 2)).toEqual(['started', 'backend']);
  expect(events(run)[1]).toMatchObject({
    backend: 'onnxruntime',
    device: expect.any(String),
    reason: expect.stringContaining('Nothing else'),
  });
  expect(existsSync(path.join(rig.home, 'calibration.json'))).toBe(false);
});

test.skipIf(!hasSwiftShader)(
  'a recipe on webgpu trains with the losses of the processor',
  { timeout: 200_000 },
  async () => {
    const training = { max_steps: 6, save_steps: 3 };
    const usual = await finished('run', rig.recipe('usual', { training }));
    const run = await finished('run', rig.recipe('gpu', { training: { ...training, backend: 'webgpu' } }));
    expect(record(run).pinned).toMatchObject({ backend: 'webgpu', provider: 'webgpu' });
    expect(kinds(events(run))).not.toContain('backend');
    const [expected, got] = [losses(usual), losses(run)];
    expect(got).toHaveLength(6);
    for (const [i, loss] of expected.entries()) expect(Math.abs(got[i]! - loss), `step ${i + 1}`).toBeLessThan(1e-4);
  },
);

test.skipIf(!hasSwiftShader)(
  '--backend wins over the recipe; a resume keeps what the run has, or takes what it is told',
  async () => {
    const endless = { max_steps: 100_000, save_steps: 1, backend: 'onnxruntime' };
    const going = rig.start('run', rig.recipe('pinned', { training: endless }), '--backend', 'webgpu');
    await going.until(({ event }) => event === 'checkpoint');
    going.child.kill('SIGINT');
    expect(await going.exit).toBe(1);
    const { run } = (await rig.runs()).find(({ name }) => name === 'pinned')!;
    expect(record(run)).toMatchObject({ state: 'cancelled', pinned: { backend: 'webgpu' } });

    const again = rig.start('resume', run, '--backend', 'onnxruntime');
    await again.until(({ event }) => event === 'step');
    again.child.kill('SIGINT');
    expect(await again.exit).toBe(1);
    expect(record(run).pinned).toMatchObject({ backend: 'onnxruntime' });

    // From the checkpoint that the processor wrote it goes on there, whatever the recipe says.
    const third = rig.start('resume', run);
    await third.until(({ event }) => event === 'step');
    third.child.kill('SIGINT');
    await third.exit;
    expect(record(run)).toMatchObject({ state: 'cancelled', pinned: { backend: 'onnxruntime' } });
  },
);

test('a software GPU is found, said to be one, and is no choice', async () => {
  const { backends } = await rig.json<{ backends: { name: string }[] }>('doctor');
  const webgpu = backends.find(({ name }) => name === 'webgpu');
  if (hasSwiftShader) expect(webgpu).toMatchObject({ available: true, software: true });
  const choice = await rig.json('backend', 'calibrate', rig.recipe('measured'));
  const timings = (choice as { timings: { backend: string; seconds: number }[] }).timings;
  expect(timings[0]).toMatchObject({ backend: 'onnxruntime', seconds: expect.any(Number) });
  if (hasSwiftShader) expect(timings.map(({ backend }) => backend)).not.toContain('webgpu');
});

test('a backend that is not here fails with the next step, and the run goes on with another', async () => {
  const recipe = rig.recipe('absent', { training: { max_steps: 2 } });
  const { code, stderr } = await rig.cli('run', recipe, '--backend', 'cuda');
  expect(code).toBe(1);
  expect(stderr).toMatch(/error\[backend-unavailable\]: .*cuda cannot start/);
  expect(stderr).toContain('rankwise backend install cuda');
  expect(stderr).not.toMatch(/^\s+at /m);
  const { run } = (await rig.runs()).find(({ name }) => name === 'absent')!;
  expect(await finished('resume', run, '--backend', 'onnxruntime')).toBe(run);
});

test('a backend that is none is an error of usage', async () => {
  expect(await rig.cli('run', rig.recipe('wrong'), '--backend', 'wegbpu')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean webgpu?'),
  });
});
