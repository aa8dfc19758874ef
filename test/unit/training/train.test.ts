import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAdapter, writeAdapter } from '../../../server/checkpoint/peft.ts';
import { memoryStats } from '../../../server/engine/index.ts';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { readMetrics } from '../../../server/training/metrics.ts';
import { adapterBytes, classFile, fixtures, jobContext, makeRun, only, temporary, tiny, train } from './runs.ts';

const folder = temporary();
afterAll(() => rmSync(folder, { recursive: true }));

const whole = makeRun(folder, 'whole');
let wholeEvents: RunEvent[];
beforeAll(async () => {
  wholeEvents = await train(whole);
});

test('a run learns, evaluates before and after, and leaves adapter, checkpoints, metrics and log', async () => {
  const events = wholeEvents;
  expect(memoryStats().tensors).toBe(0);
  // 24 training rows in windows of 4, twice.
  expect(only(events, 'step').map((e) => e.step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(only(events, 'started')).toMatchObject([{ totalSteps: 12, trainableParameters: 1792 }]);
  expect(only(events, 'evaluation').map((e) => e.step)).toEqual([0, 6, 12]);
  expect(only(events, 'checkpoint').map((e) => e.step)).toEqual([2, 4, 6, 8, 10, 12]);
  const [finished] = only(events, 'finished');
  const { base, adapted, ...result } = finished!.result;
  expect(adapted!.loss).toBeLessThan(base!.loss - 0.05);
  expect(base!.metrics.perplexity).toBeCloseTo(Math.exp(base!.loss), 6);
  expect(result.adapterBytes).toBe(adapterBytes(whole).length);
  expect(result.percent).toBeCloseTo((100 * 1792) / result.allParameters, 10);
  expect(finished!.adapters).toEqual([{ name: 'lora', path: path.join(whole, 'adapter') }]);
  expect(readdirSync(path.join(whole, 'checkpoints', 'step-12')).sort()).toEqual([
    'adapter',
    'state.safetensors',
    'trainer.json',
  ]);
  expect(await readMetrics(whole)).toEqual(events);
  expect(readFileSync(path.join(whole, 'log.txt'), 'utf8')).toMatch(/step 12 {2}loss \d/);
});

test('step events carry the schedule and real tokens', async () => {
  const steps = only(await readMetrics(whole), 'step');
  // Warm-up of ceil(0.1 · 12) = 2 steps from 0, then half a cosine over the other 10.
  expect(steps.slice(0, 3).map((e) => e.learning_rate)).toEqual([0, 0.005, 0.01]);
  expect(steps[11]!.learning_rate).toBeCloseTo(0.005 * (1 + Math.cos(0.9 * Math.PI)), 12);
  expect(steps.map((e) => e.epoch).filter((e) => Number.isInteger(e))).toEqual([1, 2]);
  const rows = readFileSync(path.join(folder, 'pattern.jsonl'), 'utf8').trim().split('\n');
  const all = rows.reduce((sum, row) => sum + JSON.parse(row).input_ids.length, 0);
  const perEpoch = steps.slice(0, 6).reduce((sum, e) => sum + e.tokens, 0);
  expect(perEpoch).toBeLessThan(all);
  expect(steps.slice(6).reduce((sum, e) => sum + e.tokens, 0)).toBe(perEpoch);
});

test('the same recipe gives the same bytes; another seed does not', async () => {
  const again = makeRun(folder, 'again');
  await train(again);
  expect(adapterBytes(again).equals(adapterBytes(whole))).toBe(true);
  const other = makeRun(folder, 'other', { training: { seed: 7 } });
  await train(other);
  expect(adapterBytes(other).equals(adapterBytes(whole))).toBe(false);
});

test.each([1, 5, 6, 11])('cancelled after step %i and resumed, it ends with the same bytes', async (cancelAt) => {
  const run = makeRun(folder, `cancelled-${cancelAt}`);
  const first = await train(run, { cancelAt });
  expect(first.at(-1)).toMatchObject({ event: 'cancelled', step: cancelAt });
  expect(existsSync(path.join(run, 'adapter'))).toBe(false);
  const second = await train(run, { resume: true });
  expect(only(second, 'resumed')).toMatchObject([{ step: cancelAt }]);
  expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);
  const losses = async (of: string) => only(await readMetrics(of), 'step').map((e) => e.loss);
  expect(await losses(run)).toEqual(await losses(whole));
  const results = [run, whole].map(async (of) => only(await readMetrics(of), 'finished')[0]!.result);
  const [mine, theirs] = await Promise.all(results);
  expect({ ...mine, seconds: 0 }).toEqual({ ...theirs, seconds: 0 });
});

test('a damaged checkpoint is passed over with a warning, and the end is the same', async () => {
  const run = makeRun(folder, 'damaged');
  await train(run, { cancelAt: 7 });
  truncateSync(path.join(run, 'checkpoints/step-7/state.safetensors'), 900);
  const record = path.join(run, 'checkpoints/step-6/trainer.json');
  writeFileSync(record, readFileSync(record, 'utf8').slice(0, 40));
  writeFileSync(path.join(run, 'metrics.jsonl'), '{"event":"step","st', { flag: 'a' });
  const events = await train(run, { resume: true });
  expect(only(events, 'warning').map((e) => e.code)).toEqual(['checkpoint-damaged', 'checkpoint-damaged']);
  expect(only(events, 'resumed')).toMatchObject([{ step: 4 }]);
  expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);
  const steps = only(await readMetrics(run), 'step').map((e) => e.step);
  expect(steps).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
});

test('resume refuses another recipe or backend, unless the latter is allowed', async () => {
  const run = makeRun(folder, 'pinned');
  await train(run, { cancelAt: 2 });
  const file = path.join(run, 'checkpoints/step-2/trainer.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"threads": 1', '"threads": 64'));
  await expect(train(run, { resume: true })).rejects.toMatchObject({
    code: 'different-backend',
    message: expect.stringContaining('threads 64 (here 1)'),
  });
  expect((await readMetrics(run)).at(-1)).toMatchObject({ event: 'failed', code: 'different-backend' });
  expect((await train(run, { resume: true, allowDifferentBackend: true })).at(-1)!.event).toBe('finished');
  makeRun(folder, 'pinned', { training: { seed: 1 } });
  await expect(train(run, { resume: true })).rejects.toMatchObject({ code: 'recipe-changed' });
});

test('only so many checkpoints are kept', async () => {
  const run = makeRun(folder, 'limited', { training: { max_steps: 6, save_total_limit: 2 } });
  await train(run);
  expect(readdirSync(path.join(run, 'checkpoints')).sort()).toEqual(['step-4', 'step-6']);
});

test('accumulated micro-batches equal one large batch', async () => {
  const losses = async (name: string, batch_size: number, gradient_accumulation_steps: number) => {
    const adapters = [{ method: 'lora', rank: 4, target_modules: ['q_proj'] }];
    const run = makeRun(folder, name, { adapters, training: { batch_size, gradient_accumulation_steps } });
    return only(await train(run), 'step').flatMap((e) => [e.loss, e.grad_norm]);
  };
  const [small, large] = [await losses('micro', 1, 4), await losses('large', 4, 1)];
  for (const [i, value] of small.entries()) expect(value).toBeCloseTo(large[i]!, 4);
});

test('the reference trace of LoRA replays through the whole job', async () => {
  const trace = path.join(fixtures, 'traces/llama/lora');
  const expected = JSON.parse(readFileSync(path.join(trace, 'trace.json'), 'utf8'));
  const batches: Record<string, number[][]>[] = JSON.parse(
    readFileSync(path.join(fixtures, 'traces/llama/batches.json'), 'utf8'),
  );
  const rows = batches.flatMap((batch) =>
    batch.input_ids!.map((input_ids, i) => ({
      input_ids,
      attention_mask: batch.attention_mask![i],
      labels: batch.labels![i],
    })),
  );
  const file = path.join(folder, 'trace.jsonl');
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const run = makeRun(folder, 'trace', {
    adapters: [{ path: path.join(trace, 'adapter_before') }],
    data: { train: file, validation: undefined, shuffle: false },
    training: {
      num_epochs: 1,
      batch_size: 4,
      gradient_accumulation_steps: 1,
      optimizer: { learning_rate: expected.lr },
      scheduler: { name: 'constant' },
      max_grad_norm: null,
    },
  });
  const steps = only(await train(run), 'step');
  expect(steps).toHaveLength(expected.steps);
  for (const [i, { loss, grad_norm }] of steps.entries()) {
    expect(Math.abs(loss - expected.loss_per_step[i])).toBeLessThan(1e-4);
    expect(Math.abs(grad_norm - expected.grad_norm_per_step[i])).toBeLessThan(1e-3);
  }
  const [mine, theirs] = await Promise.all([
    readAdapter(path.join(run, 'adapter')),
    readAdapter(path.join(trace, 'adapter_after')),
  ]);
  expect([...mine.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
  for (const [name, { data }] of theirs.tensors) {
    const found = mine.tensors.get(name)!.data;
    expect(Math.max(...data.map((x, i) => Math.abs(x - found[i]!))), name).toBeLessThan(1e-3);
  }
});

test('a classifier with its head learns the classes, and evaluates on other data', async () => {
  const data = classFile(folder);
  const run = makeRun(folder, 'classes', {
    model: { path: tiny('roberta'), task: 'sequence-classification' },
    adapters: [{ method: 'lora', rank: 4, target_modules: ['query', 'value'] }],
    data: { train: data, validation: data },
    training: { num_epochs: 5, optimizer: { learning_rate: 0.005, head_learning_rate: 0.01 } },
  });
  const [finished] = only(await train(run), 'finished');
  expect(finished!.result.adapted!.metrics.accuracy).toBeGreaterThan(0.9);
  const result = await evaluateJob({ run, data }, jobContext());
  expect(result.loss).toBeCloseTo(finished!.result.adapted!.loss, 4);
  expect(result.metrics).toEqual(finished!.result.adapted!.metrics);
});

test('a loss that is not finite fails the run and keeps the last good checkpoint', async () => {
  const run = makeRun(folder, 'exploding', {
    training: {
      // The decay throws the weights out of float32's range in step 2; step 1 has rate 0.
      optimizer: { learning_rate: 1e6, weight_decay: 1e38 },
      scheduler: { name: 'constant', warmup_steps: 1 },
      save_steps: 1,
    },
  });
  const failure = { code: 'non-finite-loss', message: expect.stringContaining('step 2') };
  await expect(train(run)).rejects.toMatchObject({
    ...failure,
    hint: expect.stringContaining('learning_rate (now 1000000)'),
  });
  expect((await readMetrics(run)).at(-1)).toMatchObject({ event: 'failed', step: 2, ...failure });
  expect(readdirSync(path.join(run, 'checkpoints'))).toEqual(['step-1']);
  expect(existsSync(path.join(run, 'adapter'))).toBe(false);
});

test('a result that is worse than its base is said to be', async () => {
  const data = classFile(folder);
  const recipe = (rate: number) => ({
    model: { path: tiny('roberta'), task: 'sequence-classification' },
    adapters: [{ method: 'lora', target_modules: ['query', 'value'] }],
    data: { train: data, validation: data },
    training: { num_epochs: 3, optimizer: { learning_rate: rate } },
  });
  const said = async (name: string, rate: number) =>
    only(await train(makeRun(folder, name, recipe(rate))), 'warning').map(({ code }) => code);
  expect(await said('worse', 100)).toContain('worse-than-base');
  expect(await said('better', 0.005)).not.toContain('worse-than-base');
});

test('a gradient that stays exactly 0 is warned of', async () => {
  const { config, tensors } = await readAdapter(path.join(fixtures, 'traces/llama/lora/adapter_before'));
  for (const { data } of tensors.values()) data.fill(0);
  const adapter = path.join(folder, 'zeros');
  await writeAdapter(adapter, { config, tensors });
  const run = makeRun(folder, 'zero', { adapters: [{ path: adapter }], training: { max_steps: 3 } });
  const events = await train(run);
  expect(only(events, 'warning')).toMatchObject([
    { code: 'zero-gradient', step: 3, message: expect.stringContaining('factors') },
  ]);
});

test('full fine-tuning writes a model, and resumes to the same bytes', async () => {
  const changes = { adapters: [{ method: 'full' }], training: { max_steps: 4, optimizer: { learning_rate: 1e-3 } } };
  const [straight, broken] = [makeRun(folder, 'full', changes), makeRun(folder, 'full-broken', changes)];
  const [finished] = only(await train(straight), 'finished');
  expect(finished!.model).toBe(path.join(straight, 'model'));
  await train(broken, { cancelAt: 3 });
  await train(broken, { resume: true });
  const bytes = (run: string) => readFileSync(path.join(run, 'model/model.safetensors'));
  expect(bytes(broken).equals(bytes(straight))).toBe(true);
});

test.each([
  ['no-data', { data: { train: '/nowhere/*.jsonl' } }, 'data-missing'],
  ['tokenless', { data: { train: path.join(fixtures, 'text.txt'), validation: undefined } }, 'data-missing'],
])('bad input (%s) fails with %s and leaves no adapter', async (name, changes, code) => {
  const run = makeRun(folder, name, changes);
  await expect(train(run)).rejects.toMatchObject({ code });
  expect(existsSync(path.join(run, 'adapter'))).toBe(false);
});

test('a folder that is no run stays untouched', async () => {
  const run = path.join(folder, 'no-run');
  mkdirSync(run);
  await expect(train(run)).rejects.toMatchObject({ code: 'not-a-run' });
  expect(readdirSync(run)).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a full disk pauses the run, which can be cancelled then and resumed',
  async () => {
    const run = makeRun(folder, 'full-disk');
    const log = path.join(run, 'log.txt');
    const cancel = new AbortController();
    const told: string[] = [];
    const emit = (event: RunEvent) => {
      told.push(event.event);
      if (event.event === 'checkpoint' && event.step === 4) {
        rmSync(log);
        symlinkSync('/dev/full', log);
      }
      if (event.event === 'paused') setTimeout(() => cancel.abort(), 20);
    };
    await trainJob({ run, resume: false }, jobContext({ emit, signal: cancel.signal }));
    expect(told.slice(-4)).toEqual(['paused', 'step', 'warning', 'cancelled']);
    expect((await readMetrics(run)).map(({ event }) => event)).not.toContain('paused');
    expect(readdirSync(path.join(run, 'checkpoints')).sort()).toEqual(['step-2', 'step-4']);
    rmSync(log);
    await train(run, { resume: true });
    expect(adapterBytes(run).equals(adapterBytes(whole))).toBe(true);
  },
);
