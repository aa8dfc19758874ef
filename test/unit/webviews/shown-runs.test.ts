import { expect, test } from 'vitest';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { settingsOf } from '../../../webviews/run/settings.ts';
import { ShownRuns } from '../../../webviews/run/shown-runs.ts';

const record = (id: string, name: string, title?: string): RunRecord => ({
  ...{ format: 1, id, run: `/runs/${id}`, name, recipe: '/r.peft', state: 'finished', method: 'lora', model: 'tiny' },
  ...{ step: 1, totalSteps: 1, createdAt: '2026-01-01T00:00:00Z', resumes: 0 },
  ...(title !== undefined && { labels: { title } }),
});

test('runs of one name are told apart by their directories, others are called by title or name', () => {
  const runs = new ShownRuns('/runs/1-a', settingsOf(undefined));
  const names = () => runs.all().map(({ name }) => name);
  runs.take('/runs/1-a', record('1-a', 'a'));
  runs.takeOther('/runs/2-a', { type: 'init', record: record('2-a', 'a'), events: [], other: '/runs/2-a' });
  runs.takeOther('/runs/3-b', { type: 'init', record: record('3-b', 'b', 'Best'), events: [], other: '/runs/3-b' });
  expect(names()).toEqual(['1-a', '2-a', 'Best']);
  runs.takeOther('/runs/2-a', { type: 'record', record: record('2-a', 'a', 'Slow'), other: '/runs/2-a' });
  expect(names()).toEqual(['a', 'Slow', 'Best']);
});
