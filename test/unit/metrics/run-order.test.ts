import { expect, test } from 'vitest';
import { orderChoices, orderColumn, orderRuns, parseOrder } from '../../../server/metrics/run-order.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const run = (id: string, createdAt: string, more: Partial<RunRecord> = {}): RunRecord =>
  ({ id, run: `/runs/${id}`, name: id, createdAt, method: 'lora', state: 'finished', step: 0, ...more }) as RunRecord;
const result = (loss: number, metrics: Record<string, number>, seconds: number) =>
  ({ adapted: { loss, metrics }, seconds, trainableParameters: 10 * seconds }) as never;
const point = (values: Record<string, unknown>) => ({ id: 's', name: 's', point: 1, points: 2, values });
const runs = [
  run('b10', '2026-01-02T00:00:00.000Z', { lastLoss: 0.5, method: 'svf', sweep: point({ 'adapters.0.rank': 8 }) }),
  run('a', 'no time', { labels: { title: 'c' }, step: 7, result: result(Number.NaN, { accuracy: 0.9, mse: 2 }, 5) }),
  run('b9', '2026-01-02T00:00:00.000Z', { lastLoss: Number.NaN, sweep: point({ 'adapters.0.rank': 16 }) }),
  run('d', '2026-01-01T00:00:00.000Z', { lastLoss: 0.1, result: result(0.7, { accuracy: 0.8, mse: 1 }, 9) }),
];

test.each([
  ['newest', 'b9 b10 d a'],
  ['oldest', 'a d b10 b9'],
  ['name', 'b9 b10 a d'],
  ['name:desc', 'd a b10 b9'],
  ['loss', 'b10 d b9 a'],
  ['size', 'd b9 b10 a'],
  ['step', 'a b9 b10 d'],
  ['method:desc', 'b10 b9 d a'],
  // The best first, whichever way that is; those without it last in either direction.
  ['accuracy', 'a d b9 b10'],
  ['accuracy:asc', 'd a b9 b10'],
  ['mse', 'd a b9 b10'],
  ['mse:desc', 'a d b9 b10'],
  ['f1', 'b9 b10 d a'],
  ['seconds', 'a d b9 b10'],
  ['trainable:desc', 'd a b9 b10'],
  ['rank', 'b10 b9 d a'],
  ['adapters.0.rank:desc', 'b9 b10 d a'],
])('by %s', (text, expected) => {
  const order = parseOrder(text)!;
  const column = orderColumn(order, runs, (path) => (path === '/runs/d' ? 20 : undefined));
  if (column === 'unknown') throw new Error(text);
  expect(orderRuns(runs, order, column).map(({ id }) => id)).toEqual(expected.split(' '));
});

test('what is no order, and what no run has, is said', () => {
  expect(['', ':asc', 'loss:up', 'newest:desc'].map(parseOrder)).toEqual([undefined, undefined, undefined, undefined]);
  expect(orderColumn({ key: 'acuracy' }, runs)).toBe('unknown');
  expect(orderChoices('acuracy', runs)).toMatchObject({
    near: 'accuracy',
    all: expect.arrayContaining(['newest', 'mse', 'rank']),
  });
});
