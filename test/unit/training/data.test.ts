/** Training on data that is kept, packed and grouped: what a run tells of it, and that it goes on bit for bit. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { adapterBytes, jobContext, makeRun, only, type RecipeChanges, temporary, train } from './runs.ts';

const folder = temporary();
process.env.RANKWISE_HOME = path.join(folder, 'home');
afterAll(() => {
  delete process.env.RANKWISE_HOME;
  rmSync(folder, { recursive: true });
});

const packed: RecipeChanges = { data: { packing: true, max_length: 24 } };
const grouped: RecipeChanges = { training: { group_by_length: true } };

test.each([
  ['packed', packed],
  ['grouped', grouped],
])('a %s run that was cancelled ends with the same adapter', async (name, changes) => {
  const whole = makeRun(folder, `${name}-whole`, changes);
  const steps = only(await train(whole), 'step');
  const cut = makeRun(folder, `${name}-cut`, changes);
  // In the middle of the second epoch.
  await train(cut, { cancelAt: steps.length - 1 });
  await train(cut, { resume: true });
  expect(adapterBytes(cut).equals(adapterBytes(whole))).toBe(true);
});

test('a packed run counts its steps by packed rows, and sees each token once an epoch', async () => {
  const events = await train(makeRun(folder, 'packed-steps', packed));
  const [encoded] = only(events, 'encoded');
  const { packedRows, tokens, examples, heldBack } = encoded!;
  expect(packedRows).toBeLessThan(14);
  const steps = only(events, 'step');
  expect(steps).toHaveLength(2 * Math.ceil(packedRows! / 4));
  expect(only(events, 'started')).toMatchObject([{ totalSteps: steps.length }]);
  // A fifth of the examples is held back.
  const seen = steps.reduce((sum, step) => sum + step.tokens, 0) / 2;
  expect(seen).toBeGreaterThan(0.7 * tokens);
  expect(seen).toBeLessThan(0.9 * tokens);
  expect([examples, heldBack]).toEqual([30, 6]);
});

test('a second run on the same data takes what was kept and gives the same bits; damaged tokens are made again', async () => {
  const first = makeRun(folder, 'first');
  rmSync(path.join(folder, 'home', 'cache'), { recursive: true, force: true });
  const events = await train(first);
  expect(only(events, 'encoded')).toMatchObject([{ part: 'training', rows: 30, examples: 30, cached: false }]);
  expect(readFileSync(path.join(first, 'log.txt'), 'utf8')).toMatch(
    /training data: 30 examples of 30 rows, 6 of them for validation, \d+ tokens, encoded in/,
  );
  const again = makeRunOf('again');
  expect(only(await train(again), 'encoded')).toMatchObject([{ cached: true }]);
  expect(adapterBytes(again).equals(adapterBytes(first))).toBe(true);
  const kept = path.join(folder, 'home', 'cache', 'tokens');
  truncateSync(path.join(kept, readdirSync(kept)[0]!, 'index.bin'), 12);
  const third = makeRunOf('third');
  const after = await train(third);
  expect(only(after, 'encoded')).toMatchObject([{ cached: false }]);
  expect(only(after, 'warning')).toMatchObject([{ code: 'tokens-damaged' }]);
  expect(adapterBytes(third).equals(adapterBytes(first))).toBe(true);

  /** On the same file, which `makeRun` would write anew. */
  function makeRunOf(name: string): string {
    const run = path.join(folder, name);
    mkdirSync(run);
    copyFileSync(path.join(first, 'recipe.peft'), path.join(run, 'recipe.peft'));
    return run;
  }
});

test('an evaluation takes the tokens of the run', async () => {
  const run = makeRun(folder, 'evaluated');
  await train(run);
  const data = path.join(folder, 'pattern.jsonl');
  const kept = path.join(folder, 'home', 'cache', 'tokens');
  const before = readdirSync(kept);
  const { loss } = await evaluateJob({ run, data }, jobContext());
  expect(loss).toBeGreaterThan(0);
  expect(readdirSync(kept)).toEqual(before);
});
