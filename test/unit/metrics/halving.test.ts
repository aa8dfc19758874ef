import { expect, test } from 'vitest';
import { divisorsOf, haltedText, isWaiting, ordinal, rungStep, verdicts } from '../../../server/metrics/halving.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

/** A point that waits at the first rung with a value; null: it has not come there. */
const point = (number: number, value: number | null | undefined, more: object = {}): RunRecord =>
  ({
    run: `/runs/p${number}`,
    state: value === undefined ? 'running' : 'queued',
    sweep: { id: 's', name: 'demo', point: number, points: 9, values: {}, metric: 'loss', halving: 3 },
    ...(value !== undefined && { rungs: [{ step: 40, value }] }),
    ...more,
  }) as unknown as RunRecord;

const nine = (...more: RunRecord[]) => {
  const all = [9, 8, 7, 6, 5, 4, 3, 2, 1].map((value, i) => point(i + 1, value));
  for (const record of more) all[record.sweep!.point - 1] = record;
  return all;
};
const goOn = (all: RunRecord[]) =>
  verdicts(all)
    .filter(({ goesOn }) => goesOn)
    .map(({ record }) => record.sweep!.point);

test.each([
  [9, 3, [9, 3]],
  [8, 3, [3]],
  [27, 3, [27, 9, 3]],
  [10, 2, [8, 4, 2]],
  [2, 3, []],
])('%i points by η = %i have the rungs %j', (points, eta, divisors) => {
  expect(divisorsOf(points, eta)).toEqual(divisors);
});

test('a rung is no step before the first, before the first evaluation that was asked for, or after the last', () => {
  expect([rungStep(360, 9), rungStep(361, 9), rungStep(4, 9)]).toEqual([40, 41, 1]);
  expect([rungStep(360, 9, 50), rungStep(360, 9, 500)]).toEqual([50, 360]);
});

test('the best third goes on, each point is told its rank', () => {
  expect(goOn(nine())).toEqual([7, 8, 9]);
  expect(verdicts(nine()).map(({ rank, of }) => [rank, of])).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1].map((r) => [r, 9]));
});

test('where more is better the largest values go on', () => {
  const all = nine().map((record) => ({ ...record, sweep: { ...record.sweep!, metric: 'accuracy' } }));
  expect(goOn(all)).toEqual([1, 2, 3]);
});

test('of equal values the earlier point goes on, and one without a value is the worst', () => {
  const all = nine().map((record) => ({ ...record, rungs: [{ step: 40, value: 1 }] }));
  expect(goOn(all)).toEqual([1, 2, 3]);
  all[0]!.rungs[0]!.value = null as never;
  expect(goOn(all)).toEqual([2, 3, 4]);
  expect(verdicts(all)[0]).toMatchObject({ rank: 9 });
});

test.each<[string, RunRecord]>([
  ['runs', point(1, undefined)],
  ['waits in the queue', point(1, undefined, { state: 'queued' })],
  [
    'was interrupted by the end of the daemon',
    point(1, undefined, { state: 'interrupted', error: { code: 'interrupted' } }),
  ],
])('nothing is decided while a point %s', (_, record) => {
  expect(verdicts(nine(record))).toEqual([]);
});

test('failed, killed and cancelled points count as the worst', () => {
  const bad = { state: 'interrupted', error: { code: 'worker-killed' } };
  const all = nine(
    point(9, undefined, { state: 'failed' }),
    point(8, undefined, bad),
    point(7, 1, { state: 'cancelled' }),
  );
  expect(goOn(all)).toEqual([4, 5, 6]);
  expect(verdicts(all)).toHaveLength(6);
});

test('a point that was finished from the start takes nobody’s place', () => {
  const all = nine(point(9, undefined, { state: 'finished' }));
  expect(goOn(all)).toEqual([7, 8]);
  expect(verdicts(all)[0]).toMatchObject({ of: 8 });
});

test('at least one goes on', () => {
  const taken = [3, 4, 5, 6, 7, 8, 9].map((number) => point(number, undefined, { state: 'finished' }));
  expect(goOn(nine(point(1, 3), point(2, 2), ...taken))).toEqual([2]);
});

/** The first rung is behind them: 7, 8 and 9 have passed it. */
const second = (...values: (number | undefined)[]) =>
  nine().map((record, i) => {
    if (i < 6)
      return { ...record, state: 'cancelled' as const, halted: { step: 40, rank: 9 - i, of: 9, metric: 'loss' } };
    const value = values[i - 6];
    const rungs = [...record.rungs!, ...(value === undefined ? [] : [{ step: 120, value }])];
    return { ...record, passed: 1, rungs };
  });

test('the second rung is decided among those that came to it', () => {
  expect(verdicts(second(3, undefined, 2))).toEqual([]);
  expect(goOn(second(3, 1, 2))).toEqual([8]);
});

test('one that comes late is judged by all that came before it, and their verdicts stay', () => {
  const late = (value: number) => {
    const all = second(undefined, undefined, undefined);
    all[0] = point(1, value) as never;
    return verdicts(all).map(({ record, rank, goesOn }) => [record.sweep!.point, rank, goesOn]);
  };
  expect(late(2.5)).toEqual([[1, 3, true]]);
  expect(late(8.5)).toEqual([[1, 9, false]]);
});

test('a point that was removed counts as the worst of the first rung: nobody is worse off for it', () => {
  const [removed, ...others] = nine();
  expect(removed?.rungs).toEqual([{ step: 40, value: 9 }]);
  expect(goOn(others)).toEqual([7, 8, 9]);
  expect(verdicts(others)[0]).toMatchObject({ rank: 8, of: 9 });
});

test('points are said to wait, and to have been stopped', () => {
  expect(isWaiting(point(1, 2))).toBe(true);
  expect(isWaiting(point(1, 2, { passed: 1 }))).toBe(false);
  const halted = { step: 40, rank: 7, of: 9, metric: 'loss' };
  expect(haltedText({ halted })).toBe('stopped at step 40: 7th of 9');
  expect([1, 2, 3, 4, 11, 12, 21].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '21st']);
});
