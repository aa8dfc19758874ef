import { expect, test } from 'vitest';
import { completeQuery, matcher, parseQuery, type RunFilter } from '../../../server/metrics/run-filter.ts';
import type { RunLabels, RunRecord } from '../../../server/protocol/runs.ts';

const record = (more: Partial<RunRecord> = {}, labels?: RunLabels): RunRecord =>
  ({
    id: '20260101-000000-sst2',
    run: '/runs/20260101-000000-sst2',
    name: 'sst2',
    state: 'failed',
    method: 'lora+svf',
    model: 'Roberta-base',
    ...more,
    ...(labels && { labels }),
  }) as RunRecord;
const labelled = record({}, { title: 'Nächtlicher Lauf', starred: true, tags: ['Night run', 'v2'] });

const matches = (run: RunRecord, filter: RunFilter): boolean => matcher(filter)(run);

test.each([
  ['', true],
  ['SST2', true],
  ['sst2 NÄCHTLICHER', true],
  ['sst2 mnli', false],
  ['"nächtlicher lauf"', true],
  ['"lauf nächtlicher"', false],
  ['20260101', true],
  ['state:failed', true],
  ['state:finished,failed', true],
  ['state:finished', false],
  ['method:svf', true],
  ['method:lora+svf', false],
  ['method:lo', false],
  ['method:lo*', true],
  ['model:roberta-base', true],
  ['model:bert', false],
  ['model:*bert*', true],
  ['model:*base*e', false],
  ['tag:"night run"', true],
  ['tag:"night run" tag:v2', true],
  ['tag:v2 tag:v3', false],
  ['tag:night', false],
  ['is:starred', true],
  ['is:unstarred', false],
  ['is:archived', false],
])('%j matches: %s', (query, expected) => {
  const { filter, faults } = parseQuery(query);
  expect(faults).toEqual([]);
  expect(matches(labelled, filter)).toBe(expected);
});

const paused = { reason: 'disk-full', path: '/p', since: 't' } as const;
test.each<[Partial<RunRecord>, string, boolean]>([
  [{ state: 'running', paused }, 'state:paused', true],
  [{ state: 'running', paused }, 'state:running', true],
  [{ state: 'running' }, 'state:paused,stalled', false],
  [{ state: 'running', stalled: { since: 't' } }, 'state:paused,stalled', true],
  [{ state: 'interrupted', paused }, 'state:paused', false],
  [{ state: 'queued', rungs: [{ step: 4, value: 1 }] }, 'state:waiting', true],
  [{ state: 'queued', unattended: true }, 'state:waiting', true],
  [{ state: 'queued' }, 'state:waiting', false],
  [{ state: 'cancelled', halted: { step: 4, rank: 2, of: 2, metric: 'loss' } }, 'state:stopped-early', true],
  [{ state: 'cancelled', overBudget: true }, 'state:out-of-budget', true],
  [{ state: 'cancelled' }, 'state:stopped-early,out-of-budget', false],
])('what is said of %j is found by %s: %s', (more, query, expected) => {
  const { filter, faults } = parseQuery(query);
  expect(faults).toEqual([]);
  expect(matches(record(more), filter)).toBe(expected);
  if (expected)
    expect(completeQuery('state:', 6, [record(more)]).map(({ text }) => text)).toContain(
      query.split(',').length > 1 ? 'state:stalled' : query,
    );
});

test('archived runs are shown only where they are asked for', () => {
  const archived = record({}, { archived: true });
  expect(['', 'is:archived', 'is:any'].map((query) => matches(archived, parseQuery(query).filter))).toEqual([
    false,
    true,
    true,
  ]);
  expect(matches(record(), parseQuery('is:any').filter)).toBe(true);
});

test('quotes keep what would mean something else', () => {
  const query = String.raw`state:failed,cancelled method:lora,lora-xs model:"a, b" tag:"night run" tag:v2 is:starred is:archived "a\"b" "two words" "state:failed" C:\runs "x,y"`;
  const filter: RunFilter = {
    text: ['a"b', 'two words', 'state:failed', 'C:\\runs', 'x,y'],
    states: ['failed', 'cancelled'],
    methods: ['lora', 'lora-xs'],
    models: ['a, b'],
    tags: ['night run', 'v2'],
    starred: true,
    archived: 'only',
  };
  expect(parseQuery(query)).toEqual({ filter, faults: [] });
});

test('what means nothing is said where it stands, and the rest counts', () => {
  const { filter, faults } = parseQuery('sst2 state:faild is:gone tag: state:running');
  expect(filter).toEqual({ text: ['sst2'], states: ['running'] });
  expect(faults).toEqual([
    { message: 'There is no state:faild. Did you mean state:failed?', start: 5, end: 16 },
    { message: 'There is no is:gone. There are starred, unstarred, archived, any.', start: 17, end: 24 },
    { message: 'tag: needs a value.', start: 25, end: 29 },
  ]);
});

test.each(['tag:"night r', 'a "b', 'tag:"a\\', ':', 'http://x', '-', '""'])('%j is read while it is typed', (query) => {
  expect(parseQuery(query).faults).toEqual([]);
});

test('values that occur are offered for the word at the cursor, with their numbers', () => {
  const runs = [labelled, record({ state: 'finished', method: 'lora' })];
  const texts = (query: string, cursor = query.length) => completeQuery(query, cursor, runs).map(({ text }) => text);
  expect(texts('')).toEqual(['state:', 'method:', 'model:', 'tag:', 'is:']);
  expect(texts('st')).toEqual(['state:', 'state:finished', 'state:failed', 'is:starred', 'is:unstarred']);
  expect(texts('x tag:nig')).toEqual(['tag:"Night run"']);
  expect(texts('tag:"night')).toEqual(['tag:"Night run"']);
  expect(completeQuery('a method: b', 9, runs)).toEqual([
    { text: 'method:lora', count: 2, start: 2, end: 9 },
    { text: 'method:svf', count: 1, start: 2, end: 9 },
  ]);
});
