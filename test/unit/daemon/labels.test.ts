import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { changedLabels, labelChange, labelsOf } from '../../../server/daemon/labels.ts';
import { readRecord } from '../../../server/daemon/record.ts';
import { keepLabels, keptLabels } from '../../../server/jobs/run-directory.ts';
import { makeRun, openStore, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const open = () => openStore(root());

test.each([
  [undefined, { title: ' My run ' }, { title: 'My run' }],
  [{ title: 'a', starred: true as const }, { title: null }, { starred: true }],
  [{ starred: true as const }, { starred: false }, undefined],
  [undefined, { archived: true, addTags: ['b', ' a', 'B'] }, { tags: ['b', 'a'], archived: true }],
  [{ tags: ['Night', 'b'] }, { addTags: ['night', 'c'], removeTags: ['B', 'none'] }, { tags: ['Night', 'c'] }],
  [{ tags: ['a'] }, { removeTags: ['A'] }, undefined],
  [{ title: 'a' }, {}, { title: 'a' }],
])('%j changed by %j is %j', (labels, change, expected) => {
  expect(changedLabels(labels, change)).toEqual(expected);
});

test('more than 50 tags are refused', () => {
  const tags = Array.from({ length: 50 }, (_, i) => `t${i}`);
  expect(changedLabels({ tags }, { addTags: ['T7'] })?.tags).toHaveLength(50);
  expect(() => changedLabels({ tags }, { addTags: ['new'] })).toThrow(
    expect.objectContaining({ code: 'too-many-tags' }),
  );
  expect(changedLabels({ tags }, { addTags: ['new'], removeTags: ['t1'] })?.tags).toHaveLength(50);
});

test.each([
  [null, 'change'],
  [{ title: ' ' }, 'change.title'],
  [{ title: 'a\nb' }, 'change.title'],
  [{ title: 'x'.repeat(201) }, 'change.title'],
  [{ starred: 'yes' }, 'change.starred'],
  [{ archived: 1 }, 'change.archived'],
  [{ addTags: 'a' }, 'change.addTags'],
  [{ addTags: ['a\tb'] }, 'change.addTags'],
  [{ removeTags: ['x'.repeat(41)] }, 'change.removeTags'],
  [{ tags: ['a'] }, 'change.tags'],
])('the change %j is refused', (change, field) => {
  expect(() => labelChange(change)).toThrow(expect.objectContaining({ code: 'bad-request', field }));
});

test('of labels in a file the good parts count', () => {
  const tags = ['a', 7, '', 'A', 'b\nx', 'c'];
  expect(labelsOf({ title: 3, starred: 'yes', tags, archived: true })).toEqual({ tags: ['a', 'c'], archived: true });
  expect([labelsOf('x'), labelsOf({ tags: [] })]).toEqual([undefined, undefined]);
});

test('labels are durable: in run.json, beside it should that be lost, and in the index', async () => {
  const store = await open();
  const { run } = makeRun(root(), { state: 'finished' });
  await store.adopt(run);
  const told = vi.fn();
  store.onChange = told;
  const labelled = await store.label(run, { title: 'Best', addTags: ['x'] });
  expect(told.mock.calls).toEqual([[labelled]]);
  await store.indexLabels([labelled]);
  expect(readRecord(run)?.labels).toEqual({ title: 'Best', tags: ['x'] });
  rmSync(path.join(run, 'run.json'));
  expect((await open()).get(run)?.labels).toEqual({ title: 'Best', tags: ['x'] });
  rmSync(run, { recursive: true });
  expect((await open()).get(run)).toMatchObject({ state: 'missing', labels: { title: 'Best' } });
});

test('a run that goes on keeps labels that its supervisor does not know, and its progress', async () => {
  const store = await open();
  const { run } = makeRun(root(), { state: 'running' });
  const before = await store.adopt(run);
  const labelling = store.label(run, { starred: true });
  store.touch({ ...before, step: 5 });
  await labelling;
  expect(store.get(run)).toMatchObject({ step: 5, labels: { starred: true } });
  // What a supervisor holds was read before the labels were given; a twin's are its own.
  const finishing = store.save({ ...before, state: 'finished', step: 10, labels: { title: 'of a twin' } });
  await Promise.all([finishing, store.label(run, { addTags: ['a'] }), store.label(run, { addTags: ['b'] })]);
  const expected = { state: 'finished', step: 10, labels: { starred: true, tags: ['a', 'b'] } };
  expect(store.get(run)).toMatchObject(expected);
  expect(readRecord(run)).toMatchObject(expected);
  await store.label(run, { starred: false, removeTags: ['a', 'b'] });
  expect([readRecord(run)?.labels, existsSync(path.join(run, 'run-labels.json'))]).toEqual([undefined, false]);
});

test('labels of a run leave the names of its classes alone', async () => {
  const store = await open();
  const { run } = makeRun(root(), { state: 'finished' });
  keepLabels(run, ['no', 'yes']);
  await store.adopt(run);
  await store.label(run, { starred: true });
  expect(keptLabels(run)).toEqual(['no', 'yes']);
  await store.label(run, { starred: false });
  expect(keptLabels(run)).toEqual(['no', 'yes']);
});

test('the index does not grow with every label', async () => {
  const store = await open();
  const record = makeRun(root(), { state: 'finished', labels: { title: 'T' } });
  await store.add(record);
  for (let i = 0; i < 3; i++) await store.indexLabels(Array.from({ length: 500 }, () => record));
  const lines = readFileSync(path.join(root(), 'runs.jsonl'), 'utf8').trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ run: record.run, labels: { title: 'T' } });
});

test('a label that cannot be written is not shown', async () => {
  const store = await open();
  const { run } = makeRun(root(), { state: 'finished' });
  await store.adopt(run);
  const text = readFileSync(path.join(run, 'run.json'), 'utf8');
  rmSync(path.join(run, 'run.json'));
  // A folder in its place: rename(2) fails, whoever we are.
  await import('node:fs').then(({ mkdirSync }) => mkdirSync(path.join(run, 'run.json', 'x'), { recursive: true }));
  await expect(store.label(run, { starred: true })).rejects.toMatchObject({ code: 'run-unwritable', file: run });
  expect(store.get(run)?.labels).toBeUndefined();
  expect(existsSync(path.join(run, 'run-labels.json'))).toBe(false);
  rmSync(path.join(run, 'run.json'), { recursive: true });
  writeFileSync(path.join(run, 'run.json'), text);
  expect((await store.label(run, { starred: true })).labels).toEqual({ starred: true });
});

test('a run whose directory is gone cannot be labelled', async () => {
  const store = await open();
  const { run } = makeRun(root(), { state: 'finished' });
  await store.adopt(run);
  rmSync(run, { recursive: true });
  await expect(store.label(run, { starred: true })).rejects.toMatchObject({ code: 'run-missing' });
});
