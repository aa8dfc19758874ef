/** `rankwise inspect` on adapters and runs, and `rankwise import-run` of what Hugging Face's Trainer left, with the real daemon. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { InspectResult } from '../../../server/protocol/inspect.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { fixture, Rig, tinyLlama } from '../rig.ts';

const rig = new Rig();
afterAll(() => rig.close());

const lora = fixture('traces/llama/lora/adapter_after');

/** As `Trainer.save_model` and `save_state` leave it. */
function trainerFolder(name: string, { adapter = true } = {}): string {
  const folder = path.join(rig.root, name);
  mkdirSync(folder);
  cpSync(fixture('trainer/trainer_state.json'), path.join(folder, 'trainer_state.json'));
  if (adapter) cpSync(lora, folder, { recursive: true });
  return folder;
}

test('an adapter, and two of them, for people and as JSON', async () => {
  const people = await rig.cli('inspect', lora, '--model', tinyLlama);
  expect([people.code, people.stderr]).toEqual([0, '']);
  expect(people.stdout).toContain('trainable  1,792 of 108,608 (1.650%)');
  expect(people.stdout).toMatch(/layer {2}q_proj .* v_proj\n0 {6}0\.2235 +█+ +0\.1658/);
  const both = await rig.json<InspectResult>('inspect', lora, fixture('traces/llama/dora/adapter_after'));
  expect(both.comparison!.fields).toContainEqual({ name: 'method', first: 'lora', second: 'dora' });
  expect(both.comparison!.both).toHaveLength(4);
  expect(both).not.toHaveProperty('lines');
});

test('a training elsewhere becomes a run: it is listed, inspected and merged, not resumed; its folder is left as it was', async () => {
  const folder = trainerFolder('trainer');
  const before = readdirSync(folder);
  const output = path.join(rig.root, 'runs');
  const made = await rig.json<RunRecord>('import-run', folder, '-o', output, '--model', tinyLlama);
  expect(readdirSync(folder)).toEqual(before);
  expect(made).toMatchObject({ name: 'trainer', method: 'lora', step: 12 });
  const again = await rig.json<RunRecord>('import-run', folder, '-o', output);
  expect(again.run).toBe(`${made.run}-2`);

  const { runs } = await rig.json<{ runs: RunRecord[] }>('runs');
  expect(runs.map(({ state, name }) => [state, name])).toEqual([['finished', 'trainer'], ['finished', 'trainer']]); // biome-ignore format: one line
  const record = JSON.parse(readFileSync(path.join(made.run, 'run.json'), 'utf8')) as RunRecord;
  expect(record).toMatchObject({
    imported: { from: folder },
    result: { trainableParameters: 1792, adapted: { loss: 6.221741199493408 } },
  });

  const { adapters } = await rig.json<InspectResult>('inspect', made.run);
  expect(adapters[0]).toMatchObject({ run: made.run, recipe: path.join(made.run, 'recipe.peft'), rank: 4 });
  const merged = path.join(rig.root, 'merged');
  expect((await rig.cli('merge', made.run, '-o', merged)).code).toBe(0);
  expect(existsSync(path.join(merged, 'config.json'))).toBe(true);
  const resumed = await rig.cli('resume', made.run);
  expect([resumed.code, resumed.stderr]).toEqual([2, expect.stringContaining('error[run-imported]')]);
});

test('a log without an adapter is seen all the same; what needs one says so', async () => {
  const made = await rig.json<RunRecord>(
    'import-run',
    trainerFolder('bare', { adapter: false }),
    '-o',
    path.join(rig.root, 'runs'),
  );
  expect(made).toMatchObject({ method: '?', adapters: [] });
  for (const command of [
    ['merge', made.run, '-o', path.join(rig.root, 'none')],
    ['inspect', made.run],
  ]) {
    const { code, stderr } = await rig.cli(...command);
    expect([code, stderr]).toEqual([2, expect.stringContaining('error[run-imported]')]);
  }
  const torn = rig.file(
    'torn/trainer_state.json',
    readFileSync(fixture('trainer/trainer_state.json')).subarray(0, 300),
  );
  const { code, stderr } = await rig.cli('import-run', torn);
  expect([code, stderr]).toEqual([2, expect.stringContaining('it breaks off there')]);
});
