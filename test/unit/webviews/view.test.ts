import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { howItRan } from '../../../webviews/run/how.ts';
import { RunModel } from '../../../webviews/run/model.ts';
import { resultTable } from '../../../webviews/run/result.ts';
import { actions, chartSummary, header, notice } from '../../../webviews/run/view.ts';
import { figure, share, tick } from '../../../webviews/shared/figures.ts';

const record: RunRecord = {
  format: 1,
  id: 'r',
  run: '/runs/r',
  name: 'pirate',
  recipe: '/pirate.peft',
  state: 'running',
  method: 'lora',
  model: 'tiny',
  step: 0,
  totalSteps: 200,
  createdAt: new Date(0).toISOString(),
  startedAt: new Date(0).toISOString(),
  resumes: 0,
};
const checkpoint: RunEvent = { event: 'checkpoint', time: record.createdAt, step: 80, path: '/c' };

describe('decompositions before the first step', () => {
  const preparing: RunEvent = {
    event: 'preparing',
    time: record.createdAt,
    run: '/r',
    done: 2,
    total: 24,
    remainingSeconds: 90,
  };
  it('are the progress of the run, and one event in the list', () => {
    const model = new RunModel();
    model.apply(preparing);
    model.apply({ ...preparing, done: 3, remainingSeconds: 80 });
    expect(header(record, model, 0).progress).toBe('Decomposing matrix 4 of 24, about 1 m 20 s left');
    expect(model.marks.map(({ text }) => text)).toEqual(['Decomposing 24 matrices for the start, once']);
    model.apply({ ...preparing, done: 24, remainingSeconds: 0 });
    expect(header(record, model, 0).progress).toBe('Step 0 of 200');
  });
});

describe('data on its way to tokens', () => {
  it('is the progress of the run until it starts, and then a fact about it', () => {
    const model = new RunModel();
    const encoding: RunEvent = {
      event: 'encoding',
      time: record.createdAt,
      run: '/r',
      part: 'training',
      rows: 1000,
      bytes: 2 ** 18,
      totalBytes: 2 ** 20,
      remainingSeconds: 3,
    };
    model.apply(encoding);
    expect(header(record, model, 0).progress).toBe(
      'Encoding the training data: 1,000 rows, 256 KiB of 1 MiB, about 3 s left',
    );
    const encoded = { event: 'encoded', time: record.createdAt, part: 'training', rows: 9, examples: 8 } as const;
    model.apply({ ...encoded, tokens: 700, cached: true, seconds: 1 });
    expect(header(record, model, 0).progress).toBe('Step 0 of 200');
    expect(howItRan(record, model)).toContainEqual({
      label: 'Training data',
      value: '8 examples, 700 tokens, kept from an earlier run',
    });
  });
});

describe('figures', () => {
  it('have four significant digits and no surprises', () => {
    expect([2.31449, 0.01234567, 0, 1.2e-5, 12345.6, Number.NaN, undefined].map(figure)).toEqual([
      '2.314',
      '0.01235',
      '0',
      '1.20e-5',
      '12,346',
      '–',
      '–',
    ]);
  });

  it('call only all of it 100%', () => {
    expect([1, 0.99999, 0.5].map(share)).toEqual(['100%', '>99.9%', '50%']);
  });

  it('on an axis keep one notation for small numbers', () => {
    expect([0, 5e-4, 0.002, 0.5].map(tick)).toEqual(['0', '5e-4', '2e-3', '0.5']);
  });
});

describe('header', () => {
  it('speaks of steps once they are known, and of loading before', () => {
    const model = new RunModel();
    expect(header({ ...record, totalSteps: 0 }, model, 3000)).toMatchObject({
      fraction: undefined,
      progress: 'Loading model and data …',
      timing: '3 s so far',
    });
    expect(header({ ...record, step: 50 }, model, 0)).toMatchObject({ fraction: 0.25, progress: 'Step 50 of 200' });
  });

  it('follows a resumed run back to its checkpoint although the record is ahead', () => {
    const model = new RunModel();
    const step = { epoch: 0, loss: 1, learning_rate: 1, grad_norm: 1, tokens: 1, tokens_per_second: 1 };
    model.apply({ ...step, event: 'step', time: record.createdAt, step: 80, step_seconds: 1, memory_bytes: 1 });
    expect(header({ ...record, step: 131 }, model, 0).progress).toBe('Step 80 of 200');
  });
});

describe('what to do next', () => {
  it('a run that stopped can be resumed, one in progress cancelled', () => {
    const first = (state: RunRecord['state']) => actions({ state })[0]!.command;
    expect((['queued', 'running'] as const).map(first)).toEqual(['cancel', 'cancel']);
    expect((['failed', 'cancelled', 'interrupted'] as const).map(first)).toEqual(['resume', 'resume', 'resume']);
    expect(actions({ state: 'finished' }).map(({ command }) => command)).toEqual([
      'openFolder',
      'showSpectrum',
      'openRecipe',
      'showLog',
    ]);
  });

  it('says where a resume goes on', () => {
    const model = new RunModel();
    const interrupted = { ...record, state: 'interrupted' as const };
    expect(notice(interrupted, model)!.text).toContain('no checkpoint yet');
    model.apply(checkpoint);
    expect(notice(interrupted, model)!.text).toContain('after step 80');
  });

  it('shows the error, its hint and its code', () => {
    const error = { code: 'loss-not-finite', kind: 'runtime' as const, message: 'NaN', hint: 'Lower it.' };
    expect(notice({ ...record, state: 'failed', error }, new RunModel())).toMatchObject({
      kind: 'error',
      text: 'NaN',
      hint: 'Lower it.',
      code: 'loss-not-finite',
    });
  });
});

describe('result', () => {
  const result = {
    trainableParameters: 98304,
    allParameters: 3244416,
    percent: 3.0299,
    adapterBytes: 395112,
    seconds: 78.4,
    base: { loss: 4.713, metrics: { accuracy: 0.2 } },
    adapted: { loss: 1.715, metrics: { accuracy: 0.7 } },
  };

  it('compares base and adapter and knows which way is better', () => {
    const { rows } = resultTable({ ...record, state: 'finished', result }, new RunModel())!;
    expect(rows).toEqual([
      { name: 'Evaluation loss', base: '4.713', adapted: '1.715', change: '−2.998', better: true },
      { name: 'Accuracy', base: '0.2', adapted: '0.7', change: '+0.5', better: true },
    ]);
  });

  it('names every adapter and its folder', () => {
    const adapters = [
      { name: 'a', path: '/r/adapter/a' },
      { name: 'b', path: '/r/adapter/b' },
    ];
    const { facts } = resultTable({ ...record, state: 'finished', result, adapters }, new RunModel())!;
    expect(facts).toContainEqual({ label: 'Adapter b', value: '/r/adapter/b' });
    expect(facts).toContainEqual({ label: 'Of all parameters', value: '3.03%' });
  });

  it('is not there before the end', () => {
    expect(resultTable({ ...record, result }, new RunModel())).toBeUndefined();
  });
});

describe('chart summary', () => {
  it('tells the course of the loss in a sentence', () => {
    const model = new RunModel();
    [4, 1, 2].forEach((loss, i) => {
      model.steps.push(i + 1);
      model.loss.push(loss);
    });
    expect(chartSummary(model)).toBe('Training loss from 4 at step 1 to 2 at step 3, lowest 1 at step 2.');
  });
});

describe('what holds up a run', () => {
  const since = new Date(60_000).toISOString();
  it('stands in the chip, the time and a notice', () => {
    const paused: RunRecord = { ...record, paused: { reason: 'disk-full', path: '/runs/r', since, needed: 2 ** 20 } };
    expect(header(paused, new RunModel(), 90_000)).toMatchObject({ label: 'Paused', timing: 'for 30 s' });
    expect(notice(paused, new RunModel())).toMatchObject({
      kind: 'warning',
      text: expect.stringContaining('/runs/r cannot be written. It takes 1 MiB.'),
    });
    const stalled: RunRecord = { ...record, stalled: { since, usual: 2 } };
    expect(header(stalled, new RunModel(), 90_000).label).toBe('Stalled');
    expect(notice(stalled, new RunModel())).toMatchObject({ text: expect.stringContaining('usually takes 2 s') });
    const attention = { code: 'zero-gradient', message: 'Nothing is learnt.', step: 3 };
    expect(notice({ ...record, attention }, new RunModel())).toMatchObject({ text: attention.message });
    expect(notice(record, new RunModel())).toBeUndefined();
  });

  it('is in the list of events', () => {
    const model = new RunModel();
    model.apply({ event: 'paused', time: since, step: 3, reason: 'disk-full', path: '/runs/r' });
    model.apply({ event: 'continued', time: since, step: 3, seconds: 65 });
    expect(model.marks.map(({ kind, text }) => [kind, text])).toEqual([
      ['warning', 'Paused: the disk is full'],
      ['resumed', 'There is room again: continued after 1 m 05 s'],
    ]);
  });
});

describe('a clock that is set back', () => {
  const step = (n: number, seconds: number) =>
    ({ event: 'step', step: n, time: new Date(1000 * seconds).toISOString(), loss: 1 }) as RunEvent;
  it('lets the time of training go on from where it was', () => {
    const model = new RunModel();
    for (const [n, seconds] of [
      [1, 100],
      [2, 110],
      [3, 20],
      [4, 30],
    ] as const)
      model.apply(step(n, seconds));
    expect([0, 1, 2, 3].map((row) => model.seconds.at(row))).toEqual([0, 10, 10, 20]);
    expect(model.secondsLeft(6)).toBe(20);
  });
});

it('an imported run says where it came from, not what nobody knows', () => {
  const imported = { from: 'hf/trainer_state.json', tool: 'transformers' } as const;
  const seen: RunRecord = {
    ...record,
    state: 'finished',
    endedAt: record.createdAt,
    method: '?',
    model: '?',
    imported,
  };
  const { subtitle, timing } = header(seen, new RunModel(), 0);
  expect([subtitle, timing]).toEqual(['imported from hf/trainer_state.json', '']);
  expect(actions(seen).map(({ command }) => command)).toEqual(['openFolder', 'openRecipe']);
  const adapters = [{ name: 'adapter', path: '/a' }];
  expect(actions({ ...seen, adapters }).map(({ command }) => command)).toContain('showSpectrum');
});

it('a point of a sweep says which one it is', () => {
  const values = { 'adapters.0.rank': 4, 'training.optimizer.learning_rate': 0.001 };
  const point = { ...record, sweep: { id: 's', name: 's', point: 3, points: 6, values } };
  const { subtitle } = header(point, new RunModel(), 0);
  expect(subtitle).toMatch(/ · point 3 of 6: rank 4, learning_rate 0\.001$/);
});

it('a run that is held up is not shown as one that runs; its title is its name', () => {
  const paused = { reason: 'disk-full' as const, since: record.createdAt, path: '/runs/r', needed: 1 };
  expect(header({ ...record, paused, labels: { title: 'Best' } }, new RunModel(), 0)).toMatchObject({
    ...{ held: true, label: 'Paused', name: 'Best' },
  });
});

it('images are counted without tokens; what validation takes away is said', () => {
  const model = new RunModel();
  const encoded = { event: 'encoded', time: record.createdAt, part: 'training', rows: 90, examples: 90 } as const;
  model.apply({ ...encoded, heldBack: 9, tokens: 0, cached: false, seconds: 1 });
  expect(howItRan(record, model)).toEqual([{ label: 'Training data', value: '90 examples, 9 of them for validation' }]);
});

it('an interruption says why, where that is known', () => {
  const error = { code: 'interrupted', message: 'The daemon was stopped while this run was going on.' };
  const text = (more: Partial<RunRecord>) => notice({ ...record, state: 'interrupted', ...more }, new RunModel())!.text;
  expect([text({}), text({ error } as Partial<RunRecord>)].map((each) => each.split('.')[0])).toEqual([
    'The process that trained ended unexpectedly',
    'The daemon was stopped while this run was going on',
  ]);
});
