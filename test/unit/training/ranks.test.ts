/** A run whose method takes ranks away tells of it. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAdapter } from '../../../server/checkpoint/peft.ts';
import type { RanksEvent } from '../../../server/protocol/events.ts';
import { readMetrics } from '../../../server/training/metrics.ts';
import { makeRun, temporary, train } from './runs.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true }));

const adalora = {
  method: 'adalora',
  target_modules: ['q_proj', 'v_proj'],
  init_rank: 4,
  target_rank: 2,
  tinit: 2,
  tfinal: 3,
  delta_t: 2,
};
const modules = [0, 1].flatMap((layer) => ['q', 'v'].map((kind) => `model.layers.${layer}.self_attn.${kind}_proj`));

const told = async (run: string) =>
  (await readMetrics(run)).filter((event): event is RanksEvent => event.event === 'ranks');

const whole = makeRun(folder, 'adalora', { adapters: [adalora] });
beforeAll(() => train(whole));

test('AdaLoRA: all ranks before the first step, and those left where an allocation changed them', async () => {
  const events = await told(whole);
  expect(events[0]).toMatchObject({ step: 0, budget: 16, matrices: modules, ranks: [4, 4, 4, 4] });
  // Twelve steps: an allocation at each even step after the second and before the ninth, and the last one there.
  expect(events.slice(1).every(({ step, matrices }) => [4, 6, 8, 9].includes(step) && !matrices)).toBe(true);
  for (const { budget, ranks } of events) expect(budget).toBe(ranks.reduce((sum, rank) => sum + rank, 0));
  const last = events.at(-1)!;
  expect(last.budget).toBe(8);
  const { config } = await readAdapter(`${whole}/adapter`);
  const masks = config.rank_pattern as unknown as Record<string, boolean[]>;
  const left = modules.map((name) => masks[`${name}.lora_E`]!.filter(Boolean).length);
  expect(last.ranks).toEqual(left);
});

test('an interrupted run names its matrices again, and ends with the same ranks', async () => {
  const run = makeRun(folder, 'resumed', { adapters: [adalora] });
  await train(run, { cancelAt: 7 });
  const before = (await told(run)).length;
  await train(run, { resume: true });
  const events = await told(run);
  expect(events[before]).toMatchObject({ step: 8, matrices: modules });
  expect(events.at(-1)!.ranks).toEqual((await told(whole)).at(-1)!.ranks);
});

test('no other method does', async () => {
  const run = makeRun(folder, 'lora', { training: { num_epochs: 1 } });
  await train(run);
  expect(await told(run)).toEqual([]);
});
