import { expect, test } from 'vitest';
import { chosenTrashed } from '../../../../server/cli/library/chosen.ts';
import type { RunRecord, TrashedRun } from '../../../../server/protocol/runs.ts';

const trashed = (id: string, name: string, sweep?: string): TrashedRun => ({
  record: { id, name, run: `/runs/${id}`, ...(sweep && { sweep: { id: sweep, name: 'grid' } }) } as RunRecord,
  place: `/runs/.trash/${id}`,
  removedAt: '2026-01-02T03:04:05.000Z',
});
const all = [
  trashed('s2-p01', 'grid-p01', 's2'),
  trashed('s1-p02', 'grid-p02', 's1'),
  trashed('s1-p01', 'grid-p01', 's1'),
  trashed('x1', 'demo'),
  trashed('x2', 'demo'),
];

test.each([
  ['s1', ['s1-p02', 's1-p01']],
  ['s1-p', ['s1-p02', 's1-p01']],
  ['grid', ['s2-p01']],
  ['grid-p01', ['s2-p01']],
  ['s1-p01', ['s1-p01']],
  ['demo', ['x1']],
  ['/runs/.trash/x2', ['x2']],
])('%j in the trash is %j', (given, ids) => {
  expect(chosenTrashed(given, all).map(({ record }) => record.id)).toEqual(ids);
});

test.each([
  ['s', 'ambiguous-run'],
  ['x', 'ambiguous-run'],
  ['', 'not-in-trash'],
  ['nothing', 'not-in-trash'],
])('%j in the trash is refused: %s', (given, code) => {
  expect(() => chosenTrashed(given, all)).toThrow(expect.objectContaining({ code }));
});
