import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { files, readRecord } from '../../../server/daemon/record.ts';
import { RunStore } from '../../../server/daemon/store.ts';
import { takeFromTwin } from '../../../server/daemon/twins.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { event, makeRun, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const sweep = { id: 's', name: 'grid', point: 2, points: 2, values: { 'training.seed': 2 } };

/** A finished run, and a point that computes the same, changed as given. */
async function pair(point: Partial<RunRecord> = {}, twin: Partial<RunRecord> = {}) {
  const store = new RunStore(root(), () => {});
  const adapter = path.join(root(), 'done', 'adapter');
  const adapters = [{ name: 'lora', path: adapter }];
  const more: Partial<RunRecord> = { state: 'finished', fingerprint: 'same', step: 10, adapters };
  const done = makeRun(root(), { id: 'done', ...more, ...twin }, [event.finished(10)]);
  mkdirSync(adapter);
  const record = makeRun(root(), { id: 's-p02', name: 'grid-p02', fingerprint: 'same', sweep, ...point });
  for (const run of [done, record]) await store.add(run);
  return { store, done, record, adapter, take: () => takeFromTwin(store, record, () => {}) };
}

test('a point has the events, the result and the adapter of a run that computed the same, and its own name and place', async () => {
  const { store, done, record, adapter, take } = await pair();
  expect(await take()).toBe(true);
  expect(store.get(record.run)).toMatchObject({
    ...{ id: 's-p02', name: 'grid-p02', state: 'finished', step: 10, from: done.run, sweep },
    adapters: [{ path: adapter }],
  });
  expect(readRecord(record.run)).toEqual(store.get(record.run));
  expect(readFileSync(files(record.run).metrics, 'utf8')).toBe(readFileSync(files(done.run).metrics, 'utf8'));
});

test.each<[string, Partial<RunRecord>, Partial<RunRecord>]>([
  ['has another fingerprint', { fingerprint: 'other' }, {}],
  ['is to be computed again', { sweep: { ...sweep, again: true } }, {}],
  ['has steps of its own', { step: 3 }, {}],
  ['is no point of a sweep', { sweep: undefined as never }, {}],
  ['has a twin that did not finish', {}, { state: 'cancelled' }],
])('nothing is taken by a run that %s', async (_, point, twin) => {
  const { take } = await pair(point, twin);
  expect(await take()).toBe(false);
});

test('nothing is taken from a run whose adapter is gone', async () => {
  const { adapter, take } = await pair();
  rmSync(adapter, { recursive: true });
  expect(await take()).toBe(false);
});
