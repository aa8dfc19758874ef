/** Texts that a run writes while it trains. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { memoryStats } from '../../../server/engine/index.ts';
import { run as generateJob } from '../../../server/jobs/generate.ts';
import { run as trainJob } from '../../../server/jobs/train.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { readMetrics } from '../../../server/training/metrics.ts';
import { adapterBytes, byteModel, jobContext, makeRun, only, temporary, train } from '../training/runs.ts';

const recorded = vi.hoisted(() => ({ steps: 0 }));
vi.mock('../../../server/engine/recorder/record.ts', async (original) => {
  const real = await original<typeof import('../../../server/engine/recorder/record.ts')>();
  const record: typeof real.record = (...given) => {
    recorded.steps++;
    return real.record(...given);
  };
  return { ...real, record };
});

const folder = temporary();
const model = byteModel(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const prompts = ['x', 'y y'];
/** Twelve steps, an evaluation after each second one. */
const makeSampled = (name: string, samples: object | undefined) =>
  makeRun(folder, name, {
    model: { path: model },
    training: { num_epochs: 2, eval_steps: 2, ...(samples && { samples: { prompts, max_new_tokens: 8, ...samples } }) },
  });

test('samples come at the start, at each so many evaluations and at the end, and change nothing of the training', async () => {
  const run = makeSampled('sampled', { every: 4 });
  const samples = only(await train(run), 'sample');
  expect(memoryStats().tensors).toBe(0);
  expect(samples.map(({ step, prompt }) => [step, prompt])).toEqual(
    [0, 8, 12].flatMap((step) => prompts.map((prompt) => [step, prompt])),
  );
  const settings = { maxNewTokens: 8, temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, stop: [], seed: 0 };
  const written = async (adapter?: string) =>
    (await generateJob({ model, prompts, settings, ...(adapter && { adapter }) }, jobContext())).texts.map(
      ({ text }) => text,
    );
  const at = (step: number) => samples.filter((each) => each.step === step).map(({ text }) => text);
  expect(at(0)).toEqual(await written());
  expect(at(12)).toEqual(await written(path.join(run, 'adapter')));
  expect(at(12)).not.toEqual(at(0));

  const plain = makeSampled('plain', undefined);
  await train(plain);
  expect(adapterBytes(run).equals(adapterBytes(plain))).toBe(true);
});

test('without validation data they come where evaluations would; a resumed run goes on in time', async () => {
  const run = makeRun(folder, 'resumed', {
    model: { path: model },
    data: { validation: undefined },
    training: { max_steps: 8, eval_steps: 2, save_steps: 1, samples: { prompts: ['x'], every: 2, max_new_tokens: 4 } },
  });
  await train(run, { cancelAt: 3 });
  await train(run, { resume: true });
  const samples = only(await readMetrics(run), 'sample');
  expect(samples.map(({ step }) => step)).toEqual([0, 4, 8]);
});

test('texts that a cancel cut off are written when the run goes on, those before it once', async () => {
  const run = makeSampled('cut', { every: 3 });
  /** Cancels at the first text of a step. */
  const until = async (step: number, resume: boolean) => {
    const cancel = new AbortController();
    let last: RunEvent | undefined;
    const emit = (event: RunEvent) => {
      last = event;
      if (event.event === 'sample' && event.step === step) cancel.abort();
    };
    await trainJob({ run, resume }, jobContext({ emit, signal: cancel.signal }));
    return last!.event;
  };
  expect([await until(6, false), await until(12, true), await until(-1, true)]).toEqual([
    'cancelled',
    'cancelled',
    'finished',
  ]);
  const samples = only(await readMetrics(run), 'sample').map(({ step, prompt }) => [step, prompt]);
  expect(samples).toEqual([0, 6, 12].flatMap((step) => prompts.map((prompt) => [step, prompt])));
});

test('what writes is compiled once for all rounds', async () => {
  const recordedBy = async (every: number) => {
    const before = recorded.steps;
    await train(makeSampled(`every-${every}`, { every }));
    return recorded.steps - before;
  };
  // Seven rounds, and two.
  expect(await recordedBy(1)).toBe(await recordedBy(6));
});

test('while texts are written nobody takes the run for stalled', async () => {
  const run = makeSampled('busy', { every: 6 });
  const doing: string[] = [];
  const during: (string | undefined)[] = [];
  const emit = ({ event }: RunEvent) => event === 'sample' && during.push(doing.at(-1));
  await trainJob({ run, resume: false }, jobContext({ emit, chunk: (what) => doing.push(what) }));
  expect(new Set(during)).toEqual(new Set(['sampling']));
});

test.each([
  ['a chat without a template', { prompts: ['x'], chat: true }, 'chat-template-missing', 'training.samples.prompts.0'],
  ['a prompt beyond the model', { prompts: ['x', 'y'.repeat(500)] }, 'prompt-too-long', 'training.samples.prompts.1'],
])('%s fails before the first step, at its place', async (_, samples, code, field) => {
  const run = makeSampled(code, samples);
  await expect(train(run)).rejects.toMatchObject({ code, field });
  expect((await readMetrics(run)).map(({ event }) => event)).toEqual(['failed']);
  expect(memoryStats().tensors).toBe(0);
});
