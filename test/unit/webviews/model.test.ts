import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { type StepColumns, withColumns } from '../../../server/protocol/step-columns.ts';
import { RunModel } from '../../../webviews/run/model.ts';

const pinned = { backend: 'onnxruntime', provider: 'cpu', threads: 2, dtype: 'float32', versions: {} };
const time = (seconds: number) => new Date(1e12 + seconds * 1000).toISOString();
const started: RunEvent = {
  event: 'started',
  time: time(0),
  run: '/r',
  totalSteps: 100,
  trainableParameters: 10,
  allParameters: 100,
  pinned,
};
const step = (n: number, loss: number, at = n): RunEvent => ({
  event: 'step',
  time: time(at),
  step: n,
  epoch: n / 50,
  loss,
  learning_rate: 1e-3,
  grad_norm: 1,
  tokens: 8,
  tokens_per_second: 8,
  step_seconds: 1,
  memory_bytes: 1,
});
const checkpoint = (n: number): RunEvent => ({ event: 'checkpoint', time: time(n), step: n, path: '/r/c' });
const evaluation = (n: number, loss: number): RunEvent => ({
  event: 'evaluation',
  time: time(n),
  step: n,
  loss,
  metrics: { accuracy: 0.5 },
});

function modelOf(...events: (RunEvent | StepColumns)[]): RunModel {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
}

describe('RunModel', () => {
  it('drops what a resume computes again, in every series, and takes the new values', () => {
    const lost = [started, step(1, 5), evaluation(1, 5), checkpoint(1), step(2, 4), step(3, 9), evaluation(3, 9)];
    const model = modelOf(...lost, { event: 'resumed', time: time(60), step: 1, pinned }, step(2, 4), step(3, 3));
    expect([0, 1, 2].map((row) => [model.steps.at(row), model.loss.at(row)])).toEqual([
      [1, 5],
      [2, 4],
      [3, 3],
    ]);
    expect(model.evaluationLoss).toEqual([{ x: 1, y: 5 }]);
    expect(model.metrics.accuracy).toEqual([{ x: 1, y: 0.5 }]);
    const { steps, seconds, tokens, loss, learningRate, gradNorm, tokensPerSecond, memory } = model;
    for (const each of [steps, seconds, tokens, loss, learningRate, gradNorm, tokensPerSecond, memory])
      expect(each.length).toBe(3);
    expect(model.marks.map(({ kind }) => kind)).toEqual(['started', 'evaluation', 'checkpoint', 'resumed']);
  });

  it('forgets a failure and a lost checkpoint when the run goes on', () => {
    const model = modelOf(
      started,
      step(1, 5),
      checkpoint(1),
      step(2, 4),
      checkpoint(2),
      { event: 'failed', time: time(3), step: 2, run: '/r', code: 'worker-died', message: 'gone' },
      { event: 'resumed', time: time(60), step: 1, pinned },
    );
    expect(model.failure).toBeUndefined();
    expect(model.checkpoint).toBe(1);
    expect(model.step).toBe(1);
  });

  it('estimates the time left from the pace of recent steps, not from before a resume', () => {
    const slow = Array.from({ length: 10 }, (_, i) => step(i + 1, 1, 10 * (i + 1)));
    expect(modelOf(started, ...slow).secondsLeft()).toBeCloseTo(900, 6);
    const model = modelOf(
      started,
      ...slow,
      { event: 'resumed', time: time(5000), step: 10, pinned },
      step(11, 1, 5001),
      step(12, 1, 5002),
    );
    expect(model.secondsLeft()).toBeCloseTo(88, 6);
  });

  it('has no estimate before the first step', () => {
    expect(modelOf(started).secondsLeft()).toBeUndefined();
  });

  it('shows a loss that JSON could not carry as a gap', () => {
    const model = modelOf(started, step(1, null as unknown as number));
    expect(model.loss.at(0)).toBeNaN();
  });

  it('counts tokens and the seconds of training: no pause, and no clock that was set back', () => {
    const model = modelOf(
      started,
      step(1, 5, 1),
      step(2, 4, 2),
      { event: 'resumed', time: time(1000), step: 1, pinned },
      step(2, 4, 1003),
      step(3, 3, 900),
    );
    expect([0, 1, 2].map((row) => model.seconds.at(row))).toEqual([1, 4, 4]);
    expect([0, 1, 2].map((row) => model.tokens.at(row))).toEqual([8, 16, 24]);
  });

  it('takes steps as columns for what they are as events', () => {
    const events = [started, ...Array.from({ length: 40 }, (_, i) => step(i + 1, 5 / (i + 1))), checkpoint(40)];
    const packed = withColumns(events);
    expect(packed.map(({ event }) => event)).toEqual(['started', 'steps', 'checkpoint']);
    const [plain, columns] = [modelOf(...events), modelOf(...packed)];
    expect(columns).toEqual(plain);
  });
});
