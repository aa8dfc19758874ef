import { expect, test } from 'vitest';
import {
  budgetText,
  byMetric,
  columnsOf,
  counts,
  isSettled,
  type PointRecord,
  sweepFinished,
  sweepsOf,
} from '../../../server/metrics/sweeps.ts';

const point = (number: number, metrics: Record<string, number> | undefined, more: object = {}): PointRecord =>
  ({
    run: `/runs/p${number}`,
    state: metrics ? 'finished' : 'failed',
    sweep: {
      id: 's',
      name: 'demo',
      point: number,
      points: 3,
      values: { 'adapters.0.rank': number },
      metric: 'accuracy',
    },
    ...(metrics && { result: { trainableParameters: 8, seconds: 2, adapted: { loss: 1 / number, metrics } } }),
    ...more,
  }) as unknown as PointRecord;

test('the best is first by the direction of the metric, and what has none comes last', () => {
  const runs = [point(1, undefined), point(2, { accuracy: 0.5 }), point(3, { accuracy: 0.75 })];
  expect(byMetric(runs).map(({ sweep }) => sweep.point)).toEqual([3, 2, 1]);
  const byLoss = runs.map((run) => ({ ...run, sweep: { ...run.sweep, metric: 'loss' } }));
  expect(byMetric(byLoss.reverse()).map(({ sweep }) => sweep.point)).toEqual([3, 2, 1]);
});

test('paths have their shortest names that differ', () => {
  const values = { 'adapters.0.rank': 1, 'adapters.1.rank': 2, 'training.seed': 3 };
  const run = point(1, undefined);
  expect(columnsOf([{ ...run, sweep: { ...run.sweep, values } }]).map(({ title }) => title)).toEqual([
    '0.rank',
    '1.rank',
    'seed',
  ]);
});

test('the last event has the points in their order, with null for what there is not', () => {
  const [sweep] = sweepsOf([point(2, { accuracy: 0.5 }, { from: '/runs/other' }), point(1, undefined)]);
  expect(sweepFinished(sweep!)).toMatchObject({
    event: 'sweep_finished',
    sweep: 's',
    metric: 'accuracy',
    points: [
      { run: '/runs/p1', state: 'failed', metric: null, trainableParameters: null, seconds: null },
      { values: { 'adapters.0.rank': 2 }, metric: 0.5, trainableParameters: 8, seconds: 2, from: '/runs/other' },
    ],
  });
});

const halted = (number: number, step: number, rank: number, rungs: number) =>
  point(number, undefined, {
    state: 'cancelled',
    halted: { step, rank, of: 9, metric: 'accuracy' },
    rungs: Array(rungs).fill({ step, value: 0 }),
  });

test('points that halving has ended are settled, come after what has a result, the furthest first, and are counted by their own word', () => {
  const runs = [halted(1, 40, 5, 1), halted(2, 40, 4, 1), halted(3, 120, 2, 2), point(4, { accuracy: 0.5 })];
  expect(byMetric(runs).map(({ sweep }) => sweep.point)).toEqual([4, 3, 2, 1]);
  expect(runs.every(isSettled)).toBe(true);
  expect([...counts(runs)]).toEqual([
    ['stopped early', 3],
    ['finished', 1],
  ]);
  expect(sweepFinished(sweepsOf(runs)[0]!).points[0]).toMatchObject({ halted: { step: 40, rank: 5, of: 9 } });
});

test('a budget that is used up is said, as long as a point lacks time', () => {
  const of = (budget: number, more: object) => {
    const run = point(2, undefined, { state: 'cancelled', ...more });
    return budgetText([point(1, { accuracy: 1 }), run].map((each) => ({ ...each, sweep: { ...each.sweep, budget } })));
  };
  expect(of(7200, { overBudget: true })).toBe('budget of 2h used up: 1 of 2 points finished');
  expect(of(5400, { overBudget: true })).toContain('90m');
  expect(of(7200, {})).toBeUndefined();
});
