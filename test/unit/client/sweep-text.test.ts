import { expect, test } from 'vitest';
import { RunGroups } from '../../../client/run-groups.ts';
import {
  pointDescription,
  pointLabel,
  sweepContext,
  sweepDescription,
  sweepFacts,
  sweepIcon,
  sweepName,
  sweepTags,
} from '../../../client/sweep-text.ts';
import { columnsOf, type PointRecord, sweepsOf } from '../../../server/metrics/sweeps.ts';
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

test('a sweep says how many points are where and what the best has; its actions follow from its points', () => {
  const [sweep] = sweepsOf([point('s', 1, 'finished', 1.7234), point('s', 2, 'finished', 2), point('s', 3, 'failed')]);
  expect(sweepDescription(sweep!)).toBe('2 of 3 finished, 1 failed · lowest loss 1.72');
  expect(sweepContext(sweep!)).toBe('sweep resumable failed');
  expect(sweepIcon(sweep!).icon).toBe('error');
  const [active] = sweepsOf([point('s', 1, 'running'), point('s', 2, 'queued')]);
  expect(sweepContext(active!)).toBe('sweep active');
  expect(sweepDescription(active!)).toBe('0 of 2 finished, 1 running, 1 queued');
});

test('a sweep is called and tagged as all of its points are', () => {
  const labels = { title: 'Ranks', tags: ['night', 'v2'], starred: true as const };
  const of = (...all: PointRecord['labels'][]) =>
    sweepsOf(all.map((each, i) => point('s', i + 1, 'finished', 1, each && { labels: each })))[0]!;
  const all = of(labels, { ...labels, tags: ['v2'] });
  expect([sweepName(all), sweepTags(all), sweepContext(all)]).toEqual(['Ranks', '#v2', 'sweep starred']);
  const some = of(labels, undefined);
  expect([sweepName(some), sweepTags(some), sweepContext(some)]).toEqual(['grid', '', 'sweep']);
});

test('points are called by their values and say their metric, tags, and from which run they were taken', () => {
  const tagged = { from: '/runs/other-p1', labels: { title: 'Best', tags: ['keep'] } };
  const all = [point('s', 1, 'finished', 1.7234, tagged), point('s', 2, 'running')];
  const labels = (sweep?: string) => all.map((record) => pointLabel(record, columnsOf(all), sweep));
  expect(labels('Best')).toEqual(['rank 1, nf4', 'rank 2, nf4']);
  expect(labels()[0]).toBe('Best (rank 1, nf4)');
  expect(all.map(pointDescription)).toEqual(['loss 1.72 · #keep · from other-p1', 'step 1/2']);
});

test('a sweep whose other points halving has ended is finished; each says where it was stopped, or what it waits for', () => {
  const halted = { step: 40, rank: 7, of: 9, metric: 'loss' };
  const runs = [point('s', 1, 'finished', 1.5), point('s', 2, 'cancelled', undefined, { halted })];
  const [sweep] = sweepsOf(runs);
  const groups = new RunGroups();
  groups.reset(runs);
  expect(groups.ids()).toEqual(['finished']);
  expect([sweepContext(sweep!), sweepIcon(sweep!).icon]).toEqual(['sweep', 'pass']);
  expect(sweepDescription(sweep!)).toBe('1 of 2 finished, 1 stopped early · lowest loss 1.5');
  expect(pointDescription(runs[1]!)).toBe('stopped at step 40: 7th of 9');
  const waiting = point('s', 2, 'queued', undefined, { rungs: [{ step: 40, value: 1 }] });
  expect(pointDescription(waiting)).toBe('waiting for the others (step 40)');
});

test('what the line of a sweep has no room for is said when it is pointed at', () => {
  const points = Array.from({ length: 10 }, (_, i) => point('s', i + 1, 'finished', 10 - i));
  const said = Object.fromEntries(sweepFacts(sweepsOf(points)[0]!));
  expect(said).toEqual({
    ...{ Points: '10 of 10 finished · lowest loss 1', rank: '1, 2, 3, 4, 5, 6, 7, 8 and 2 more', dtype: 'nf4' },
    ...{ Best: 'rank 10, nf4', Id: 's' },
  });
});
