/** Logs of Hugging Face's Trainer as runs, and what is said of those that are damaged. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fold } from '../../../server/daemon/record.ts';
import { eventsOf, recipeOfTrainer, resultOf } from '../../../server/exchange/trainer-run.ts';
import { parseTrainerState } from '../../../server/exchange/trainer-state.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { HistoryMaker } from '../../../server/report/history.ts';
import { RunModel } from '../../../webviews/run/model.ts';

const fixture = path.join(import.meta.dirname, '../../fixtures/trainer/trainer_state.json');
const parse = (state: unknown) =>
  parseTrainerState(typeof state === 'string' ? state : JSON.stringify(state), '/x/trainer_state.json');
const fault = (state: unknown) => {
  try {
    parse(state);
  } catch (error) {
    return (error as { toJSON(): unknown }).toJSON();
  }
  return undefined;
};

test("a log of transformers' Trainer: losses, evaluations, tokens, times", () => {
  const log = parse(readFileSync(fixture, 'utf8'));
  expect(log).toMatchObject({ step: 12, totalSteps: 12, seconds: 5.7931, batchSize: 4, leftOut: [] });
  expect(log.steps.map(({ step, tokens, seconds }) => [step, tokens, seconds])).toEqual([
    [3, 96, 2.8459],
    [6, 96, 3.5019],
    [9, 96, 4.5608],
    [12, 96, 5.2678],
  ]);
  expect(log.steps[0]).toMatchObject({
    epoch: 0.5,
    loss: 6.272329966227214,
    learning_rate: 4.166666666666667e-5,
    grad_norm: 0.7747457027435303,
  });
  expect(log.evaluations).toEqual([
    { step: 6, loss: 6.221961498260498, metrics: {} },
    { step: 12, loss: 6.221741199493408, metrics: {} },
  ]);
});

test('its events stand in the order of the steps and of time, and end when the log was written', () => {
  const log = parse(readFileSync(fixture, 'utf8'));
  const ended = new Date('2026-01-31T12:00:00Z');
  const result = resultOf(log, { trainableParameters: 10, allParameters: 100, percent: 10, adapterBytes: 40 });
  const events = eventsOf(log, { from: '/x', run: '/runs/x', ended, adapters: [], trainableParameters: 10, result });
  expect(events.map(({ event, step }) => [event, step])).toEqual([
    ['imported', undefined],
    ['step', 3],
    ['step', 6],
    ['evaluation', 6],
    ['step', 9],
    ['step', 12],
    ['evaluation', 12],
    ['finished', 12],
  ]);
  const times = events.map(({ time }) => Date.parse(time as string));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBe(ended.getTime());
  expect(times.at(-1)! - times[0]!).toBeCloseTo(5793.1, -1);
  expect(result).toMatchObject({ seconds: 5.7931, adapted: { loss: 6.221741199493408, metrics: {} } });
});

test('NaN and infinities, as Python writes them, become null, and texts that hold the words stay', () => {
  const log = parse(
    '{"note": "NaN \\" Infinity", "max_steps": 9, "log_history": [{"step": 2, "loss": NaN, "grad_norm": Infinity, "epoch": 1, "tag": "NaN"},\n {"step": 4, "eval_loss": -Infinity, "eval_accuracy": 0.5, "eval_runtime": 3, "reward": 1}]}',
  );
  expect(log.steps).toEqual([{ step: 2, loss: null, epoch: 1, grad_norm: null }]);
  expect(log.evaluations).toEqual([{ step: 4, loss: null, metrics: { accuracy: 0.5 } }]);
  expect(log).toMatchObject({ notFinite: 2, step: 4, totalSteps: 9, leftOut: ['tag', 'reward'] });
  const events = eventsOf(log, { from: '/x', run: '/r', ended: new Date(0), adapters: [] });
  expect(events.flatMap(({ code }) => code ?? [])).toEqual(['log-left-out', 'loss-not-finite']);
  const counts = { trainableParameters: 1, allParameters: 1, percent: 1, adapterBytes: 1 };
  expect(resultOf(log, counts)).toEqual({
    ...counts,
    seconds: 0,
    stopped: { step: 4, reason: 'the log ends there, of 9 steps' },
  });
});

test('entries of a training that went on from an earlier checkpoint are put in order', () => {
  const log = parse({ log_history: [{ step: 20, loss: 1 }, { step: 10, loss: 2 }] }); // biome-ignore format: one line
  expect(log.steps.map(({ step }) => step)).toEqual([10, 20]);
});

test('damaged logs: what is wrong and where', () => {
  const text = readFileSync(fixture, 'utf8');
  expect(fault(text.slice(0, 300))).toMatchObject({
    code: 'bad-trainer-state',
    file: '/x/trainer_state.json',
    message: expect.stringMatching(/at line 14, column \d+: it breaks off there/),
  });
  expect(fault('{"log_history": [NaN,\n  oops]}')).toMatchObject({
    message: expect.stringMatching(/at line 2, column 3\.$/),
  });
  expect(fault('')).toMatchObject({ message: expect.stringContaining('at line 1, column 1') });
  expect(fault([])).toMatchObject({ field: 'log_history' });
  expect(fault({ log_history: [{ step: 1, loss: 1 }, 7] })).toMatchObject({ field: 'log_history.1' });
  expect(fault({ log_history: [{ loss: 1 }] })).toMatchObject({ field: 'log_history.0.step' });
  expect(fault({ log_history: [{ step: 3, train_runtime: 2 }] })).toMatchObject({
    message: expect.stringContaining('without a loss'),
  });
});

test('the recipe: the adapter as an entry; without one, what little is known', () => {
  const log = parse(readFileSync(fixture, 'utf8'));
  const adapter = path.join(path.dirname(fixture), '../traces/llama/lora/adapter_after');
  const { text, method, model } = recipeOfTrainer({ state: fixture, adapter }, log);
  expect([method, model]).toEqual(['lora', 'llama']);
  expect(text).toContain('training:\n  max_steps: 12\n  batch_size: 4\n');
  expect(text).toContain('target_modules: [q_proj, v_proj]');
  expect(recipeOfTrainer({ state: fixture }, log)).toMatchObject({
    method: '?',
    model: '?',
    text: expect.stringContaining('adapters: []'),
  });
});

test('record, run panel and report read the events of a log that has little', () => {
  const log = parse(
    '{"max_steps": 9, "log_history": [{"step": 2, "loss": NaN}, {"step": 4, "loss": 1, "eval_loss": 2}]}',
  );
  const facts = { from: '/x', run: '/r', ended: new Date(0), adapters: [], trainableParameters: 5 };
  const events = eventsOf(log, facts) as unknown as RunEvent[];
  const [model, history] = [new RunModel(), new HistoryMaker()];
  for (const event of events) {
    model.apply(event);
    history.add(event);
  }
  const rows = [0, 1].map((row) => [model.steps.at(row), model.loss.at(row)]);
  expect(rows).toEqual([
    [2, Number.NaN],
    [4, 1],
  ]);
  expect(model).toMatchObject({ totalSteps: 9, trainableParameters: 5, evaluationLoss: [{ x: 4, y: 2 }] });
  expect(model.marks[0]!.text).toBe('Trained elsewhere; imported from /x');
  expect(history.history).toMatchObject({ trainable: 5, evaluations: [{ step: 4 }] });
  const record = events.reduce(fold, { state: 'running' } as RunRecord);
  expect(record).toMatchObject({
    state: 'finished',
    step: 4,
    totalSteps: 9,
    imported: { from: '/x', tool: 'transformers' },
  });
});
