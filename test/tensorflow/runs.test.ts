/** A recipe that names the backend: through the command line, the daemon and real workers (dist/). */
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf, events, Rig, record, tinyLlama } from '../integration/rig.ts';
import { largestDifference } from '../unit/models/tiny.ts';
import { installed } from './installed.ts';

const rig = new Rig();
const training = { backend: 'tensorflow', threads: 2, max_steps: 12, save_steps: 4 };
let straight: string;

beforeAll(async () => {
  mkdirSync(rig.home, { recursive: true });
  symlinkSync(installed, path.join(rig.home, 'backends'));
  straight = await finished('straight');
});
afterAll(() => rig.close());

async function finished(name: string, more: object = {}): Promise<string> {
  const { code, stdout, stderr } = await rig.cli(
    'run',
    rig.recipe(name, { training: { ...training, ...more } }),
    '--json',
  );
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1)!).run;
}

const losses = (run: string) => events(run).flatMap((event) => (event.event === 'step' ? [event.loss] : []));

test('trains on it, and run.json pins it', () => {
  expect(record(straight).pinned).toEqual({
    backend: 'tensorflow',
    provider: 'cpu',
    threads: 2,
    dtype: 'float32',
    versions: expect.objectContaining({
      tensorflow: expect.stringMatching(/^2\.21/),
      '@tensorflow/tfjs-node': '4.22.0',
    }),
  });
});

test('learns as onnxruntime does', async () => {
  const other = await finished('other', { backend: 'onnxruntime' });
  expect(largestDifference(losses(straight), losses(other))).toBeLessThan(1e-4);
});

test('cancelled and resumed, it ends with the same bytes', async () => {
  const running = rig.start('run', rig.recipe('cancelled', { training }));
  await running.until((event) => event.event === 'step' && event.step === 6);
  running.child.kill('SIGINT');
  await running.exit;
  const run = running.events.at(-1)! as { run: string };
  const { code, stderr } = await rig.cli('resume', run.run, '--json');
  expect(code, stderr).toBe(0);
  expect(record(run.run).pinned!.backend).toBe('tensorflow');
  expect(bytesOf(path.join(run.run, 'adapter'))).toEqual(bytesOf(path.join(straight, 'adapter')));
});

test('evaluate, forward and merge compute on it, as onnxruntime does', async () => {
  const input = rig.file('input.json', JSON.stringify({ input_ids: [[6, 58, 15, 5]] }));
  const both = (...args: string[]) =>
    Promise.all(['tensorflow', 'onnxruntime'].map((name) => rig.json(...args, '--backend', name)));
  const evaluated = await both('evaluate', straight, '--data', path.join(rig.root, 'train.jsonl'));
  expect(evaluated[0]!.loss).toBeCloseTo(evaluated[1]!.loss as number, 4);
  const logits = (await both('forward', tinyLlama, '--input', input)).map((r) => (r.logits as number[][][]).flat(2));
  expect(largestDifference(logits[0]!, logits[1]!)).toBeLessThan(5e-5);
  expect(logits[0]).not.toEqual(logits[1]);
  const merged = path.join(rig.root, 'merged');
  expect(await rig.json('merge', straight, '-o', merged, '--backend', 'tensorflow')).toMatchObject({ exact: true });
});
