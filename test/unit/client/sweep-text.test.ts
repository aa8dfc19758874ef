import { expect, test } from 'vitest';
import {
  type Entry,
  pointDescription,
  pointLabel,
  sweepContext,
  sweepDescription,
  sweepIcon,
  treeGroups,
} from '../../../client/sweep-text.ts';
import { type PointRecord, sweepsOf } from '../../../server/metrics/sweeps.ts';
import type { RunRecord, RunState } from '../../../server/protocol/runs.ts';

const run = (name: string, state: RunState, more: Partial<RunRecord> = {}): RunRecord => ({
  ...{ format: 1, id: name, run: `/runs/${name}`, name, recipe: '/r.peft', state, method: 'lora', model: 'tiny' },
  ...{ step: 1, totalSteps: 2, createdAt: '2026-01-01T00:00:00Z', resumes: 0, ...more },
});
const point = (id: string, number: number, state: RunState, loss?: number, more: Partial<RunRecord> = {}) =>
  run(`${id}-p${number}`, state, {
    sweep: {
      ...{ id, name: 'grid', point: number, points: 2, metric: 'loss' },
      values: { 'adapters.0.rank': number, 'model.dtype': 'nf4' },
    },
    ...(loss !== undefined && {
      result: {
        trainableParameters: 1,
        allParameters: 1,
        percent: 1,
        adapterBytes: 1,
        seconds: 1,
        adapted: { loss, metrics: {} },
      },
    }),
    ...more,
  }) as PointRecord;

const label = (entry: Entry) => ('run' in entry ? entry.run.name : entry.sweep.id);

test('a sweep is one node, in progress as long as one of its points is', () => {
  const newestFirst = [
    point('new', 1, 'finished'),
    run('single', 'finished'),
    point('new', 2, 'queued'),
    point('done', 1, 'finished'),
    point('broken', 2, 'failed'),
    point('broken', 1, 'finished'),
    run('now', 'running'),
  ];
  expect(treeGroups(newestFirst).map(({ id, entries }) => [id, entries.map(label).sort()])).toEqual([
    ['active', ['new', 'now']],
    ['stopped', ['broken']],
    ['finished', ['done', 'single']],
  ]);
});

test('a sweep says how many points are where and what the best has; its actions follow from its points', () => {
  const [sweep] = sweepsOf([point('s', 1, 'finished', 1.7234), point('s', 2, 'finished', 2), point('s', 3, 'failed')]);
  expect(sweepDescription(sweep!)).toBe('2 of 3 finished, 1 failed · lowest loss 1.72');
  expect(sweepContext(sweep!)).toBe('sweep.resumable.failed');
  expect(sweepIcon(sweep!).icon).toBe('error');
  const [active] = sweepsOf([point('s', 1, 'running'), point('s', 2, 'queued')]);
  expect(sweepContext(active!)).toBe('sweep.active');
  expect(sweepDescription(active!)).toBe('0 of 2 finished, 1 running, 1 queued');
});

test('points are called by their values and say their metric, and from which run they were taken', () => {
  const all = [point('s', 1, 'finished', 1.7234, { from: '/runs/other-p1' }), point('s', 2, 'running')];
  expect(all.map((record) => pointLabel(record, all))).toEqual(['rank 1, dtype nf4', 'rank 2, dtype nf4']);
  expect(all.map(pointDescription)).toEqual(['loss 1.72 · from other-p1', 'step 1/2']);
});

test('a sweep whose other points halving has ended is finished; each says where it was stopped, or what it waits for', () => {
  const halted = { step: 40, rank: 7, of: 9, metric: 'loss' };
  const runs = [point('s', 1, 'finished', 1.5), point('s', 2, 'cancelled', undefined, { halted })];
  const [sweep] = sweepsOf(runs);
  expect(treeGroups(runs).map(({ id }) => id)).toEqual(['finished']);
  expect([sweepContext(sweep!), sweepIcon(sweep!).icon]).toEqual(['sweep', 'pass']);
  expect(sweepDescription(sweep!)).toBe('1 of 2 finished, 1 stopped early · lowest loss 1.5');
  expect(pointDescription(runs[1]!)).toBe('stopped at step 40: 7th of 9');
  const waiting = point('s', 2, 'queued', undefined, { rungs: [{ step: 40, value: 1 }] });
  expect(pointDescription(waiting)).toBe('waiting for the others (step 40)');
});
