/** Early stopping and the best checkpoint: the rule alone, and through whole runs. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { TrainingSection } from '../../../server/recipe/types.ts';
import { readMetrics } from '../../../server/training/metrics.ts';
import { Selection } from '../../../server/training/selection.ts';
import { start } from '../../../server/training/state.ts';
import { adapterBytes, makeRun, only, temporary, train } from './runs.ts';

/** What follows evaluations of these values, one a step. */
function followed(values: (number | undefined)[], settings: Partial<TrainingSection>) {
  const task = settings.metric === 'pearson' ? 'regression' : 'causal-lm';
  const selection = new Selection(settings as TrainingSection, task);
  const progress = start();
  const best = values.flatMap((value) => {
    progress.step++;
    const metrics = value === undefined ? {} : { [settings.metric ?? '']: value };
    const improved = selection.note(progress, { loss: value ?? 0, metrics });
    return improved ? [progress.step] : [];
  });
  return { best, kept: progress.best?.step, stop: selection.stop(progress) };
}

test('the best is the lowest loss or the highest score; equal is not better', () => {
  expect(followed([3, 2, 2, 2.5, 1], {})).toMatchObject({ best: [1, 2, 5], kept: 5, stop: undefined });
  expect(followed([0.1, 0.3, 0.3, 0.2], { metric: 'pearson' })).toMatchObject({ best: [1, 2], kept: 2 });
  expect(followed([undefined, 0.3, undefined], { metric: 'pearson' })).toMatchObject({ best: [2], kept: 2 });
});

test('patience counts evaluations without an improvement by more than min_delta, as in transformers', () => {
  const early_stopping = { patience: 2, min_delta: 0 };
  expect(followed([3, 2, 2, 1.9, 2, 1.95], { early_stopping }).stop).toMatchObject({ step: 6 });
  expect(followed([3, 2, 2, 1.9, 2], { early_stopping }).stop).toBeUndefined();
  const slow = followed([3, 2.9, 2.8], { early_stopping: { patience: 2, min_delta: 0.2 } });
  expect(slow).toMatchObject({ best: [1, 2, 3], stop: { reason: expect.stringContaining('by more than 0.2') } });
  expect(followed([undefined, undefined], { metric: 'pearson', early_stopping }).stop).toBeDefined();
});

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true }));

/** The learning rate is so high that the loss rises after step 4. */
const changes = {
  training: {
    num_epochs: 6,
    optimizer: { learning_rate: 0.3 },
    scheduler: { name: 'constant' },
    eval_steps: 2,
    save_steps: 5,
    save_total_limit: 1,
    early_stopping: { patience: 3 },
  },
};
async function trained(...given: Parameters<typeof train>): Promise<RunEvent[]> {
  await train(...given);
  return readMetrics(given[0]);
}

const stopped = makeRun(folder, 'stopped', changes);
let events: RunEvent[];
beforeAll(async () => {
  events = await trained(stopped);
});

test('a run that gets worse ends early, and its result is its best step', async () => {
  const evaluations = only(events, 'evaluation').filter(({ step }) => step > 0);
  const best = evaluations.reduce((a, b) => (b.loss < a.loss ? b : a));
  const { result, step } = only(events, 'finished')[0]!;
  expect(step).toBe(evaluations.at(-1)!.step);
  expect(step).toBe(best.step + 6);
  expect(result.best).toEqual({ step: best.step, metric: 'loss', value: best.loss });
  expect(result.stopped).toMatchObject({ step, reason: expect.stringContaining('3 evaluations in a row') });
  expect(result.adapted!.loss).toBe(best.loss);
  expect(only(events, 'best').at(-1)).toMatchObject({ step: best.step, metric: 'loss', value: best.loss });
  expect(readFileSync(path.join(stopped, 'log.txt'), 'utf8')).toContain(`stopped at step ${step}: loss has not`);

  const kept = readdirSync(path.join(stopped, 'checkpoints'));
  expect(kept).toContain(`step-${best.step}`);
  expect(kept).toHaveLength(2);
  const checkpoint = path.join(stopped, 'checkpoints', `step-${best.step}`, 'adapter/adapter_model.safetensors');
  expect(adapterBytes(stopped).equals(readFileSync(checkpoint))).toBe(true);
});

test('cancelled before, at and after evaluations and resumed, it stops at the same step with the same bytes', async () => {
  const { step } = only(events, 'finished')[0]!;
  for (const cancelAt of [1, step - 2, step - 1]) {
    const run = makeRun(folder, `cancelled-${cancelAt}`, changes);
    await train(run, { cancelAt });
    expect(existsSync(path.join(run, 'adapter'))).toBe(false);
    const again = await trained(run, { resume: true });
    expect(adapterBytes(run).equals(adapterBytes(stopped))).toBe(true);
    const told = (all: RunEvent[]) =>
      all.flatMap((e) => (e.event === 'evaluation' || e.event === 'best' ? [{ ...e, time: '' }] : []));
    expect(told(again)).toEqual(told(events));
    const result = (all: RunEvent[]) => ({ ...only(all, 'finished')[0]!.result, seconds: 0 });
    expect(result(again)).toEqual(result(events));
  }
});

test('stopped at a rung between two evaluations it tells what it has come to, and goes on to the same step with the same bytes', async () => {
  const { totalSteps } = only(events, 'started')[0]!;
  const run = makeRun(folder, 'rung', changes);
  const until = { rung: 0, divisors: [totalSteps / 3, totalSteps / 4], metric: 'loss' };
  const told = await train(run, { until });
  const evaluations = only(told, 'evaluation');
  expect(evaluations.map(({ step }) => step)).toEqual([0, 2, 3]);
  const value = Math.min(...evaluations.slice(1).map(({ loss }) => loss));
  expect(told.at(-1)).toMatchObject({ event: 'rung', step: 3, rung: 0, metric: 'loss', value });
  expect(existsSync(path.join(run, 'adapter'))).toBe(false);
  const again = await trained(run, { resume: true });
  expect(adapterBytes(run).equals(adapterBytes(stopped))).toBe(true);
  const best = (all: RunEvent[]) => only(all, 'best').map((event) => ({ ...event, time: '' }));
  expect(best(again)).toEqual(best(events));
  const end = ({ result: { stopped: early, best: chosen } }: ReturnType<typeof only<'finished'>>[0]) => [early, chosen];
  expect(end(only(again, 'finished')[0]!)).toEqual(end(only(events, 'finished')[0]!));
});

test('rungs of a short run that lie at one step are told together', async () => {
  const run = makeRun(folder, 'rungs', changes);
  const told = await train(run, { until: { rung: 1, divisors: [1e6, 1e5, 2], metric: 'perplexity' } });
  expect(only(told, 'rung').map(({ step, rung, value }) => [step, rung, value])).toEqual([
    [2, 1, expect.any(Number)],
    [2, 2, expect.any(Number)],
  ]);
});

test('a best checkpoint that is gone is said, and the result is the last step', async () => {
  const run = makeRun(folder, 'lost', changes);
  const { step, result } = only(events, 'finished')[0]!;
  await train(run, { cancelAt: step - 1 });
  rmSync(path.join(run, 'checkpoints', `step-${result.best!.step}`), { recursive: true });
  const again = await trained(run, { resume: true });
  expect(only(again, 'warning').map(({ code }) => code)).toContain('best-checkpoint-lost');
  expect(only(again, 'finished')[0]!.result.best).toBeUndefined();
  expect(adapterBytes(run).equals(adapterBytes(stopped))).toBe(false);
});

test('without either the result is the last step', async () => {
  const { early_stopping: _, ...training } = changes.training;
  const run = makeRun(folder, 'plain', { training: { ...training, max_steps: 10 } });
  const all = await trained(run);
  expect(only(all, 'best')).toEqual([]);
  const { result } = only(all, 'finished')[0]!;
  expect(result.best).toBeUndefined();
  expect(result.adapted!.loss).toBe(only(all, 'evaluation').at(-1)!.loss);
});
