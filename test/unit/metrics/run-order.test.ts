import { expect, test } from 'vitest';
import { orderRuns, type RunOrder } from '../../../server/metrics/run-order.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';

const run = (id: string, createdAt: string, more: Partial<RunRecord> = {}): RunRecord =>
  ({ id, run: `/runs/${id}`, name: id, createdAt, ...more }) as RunRecord;
const runs = [
  run('b10', '2026-01-02T00:00:00.000Z', { lastLoss: 0.5 }),
  run('a', 'no time', { labels: { title: 'c' } }),
  run('b9', '2026-01-02T00:00:00.000Z', { lastLoss: Number.NaN }),
  run('d', '2026-01-01T00:00:00.000Z', { lastLoss: 0.1, result: { adapted: { loss: 0.7 } } as never }),
];

test.each<[RunOrder, string]>([
  ['newest', 'b9 b10 d a'],
  ['oldest', 'a d b10 b9'],
  ['name', 'b9 b10 a d'],
  ['loss', 'b10 d b9 a'],
  ['size', 'd b9 b10 a'],
])('by %s', (order, expected) => {
  const bytes = new Map([['/runs/d', 20]]);
  expect(orderRuns(runs, order, (path) => bytes.get(path)).map(({ id }) => id)).toEqual(expected.split(' '));
});
