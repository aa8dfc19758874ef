/** Requests that come while others wait for the disk, or for a worker to stop. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Halving } from '../../../server/daemon/halving.ts';
import { Library } from '../../../server/daemon/library.ts';
import { JobQueue } from '../../../server/daemon/queue.ts';
import { files, readRecord } from '../../../server/daemon/record.ts';
import { adopted, type Daemon, handlers } from '../../../server/daemon/requests.ts';
import type { RunStore } from '../../../server/daemon/store.ts';
import { TimeBudgets } from '../../../server/daemon/time-budgets.ts';
import { takeFromTwin } from '../../../server/daemon/twins.ts';
import type { RunRecord, SweepPlace } from '../../../server/protocol/runs.ts';
import { emptied, makeRun, partsIn, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
afterEach(() => void vi.restoreAllMocks());

/** Trains until it is cancelled, and takes a while to stop; `resumed` makes an end of it at once. */
const worker = `
  const { appendFileSync } = require('node:fs');
  let run;
  process.on('disconnect', () => process.exit(1));
  process.on('message', ({ type, params }) => {
    run ??= params.run;
    const emit = (e) => appendFileSync(run + '/metrics.jsonl', JSON.stringify({ time: 't', step: 3, run, ...e }) + '\\n');
    const end = (e) => { emit(e); process.send({ type: 'result', result: null }, () => process.exit(0)); };
    if (type === 'cancel') setTimeout(() => end({ event: 'cancelled' }), 100);
    else if (params.resume) { emit({ event: 'resumed' }); end({ event: 'finished', result: {} }); }
    else setInterval(() => {}, 1000);
  });`;
const none = () => {};

function house() {
  const { store, supervisor } = partsIn(root(), worker);
  const queue: JobQueue = new JobQueue({ concurrency: 2, work: (job) => supervisor.work(job), onIdle: none });
  const halving = new Halving({ store, supervisor, queue });
  const budgets = new TimeBudgets({ store, supervisor, queue, log: none });
  const library = new Library({
    ...{ home: root(), store, log: none },
    isBusy: (run) => queue.has(run),
    adopt: (run) => adopted({ store, log: none }, run),
  });
  const parts = { store, supervisor, queue, halving, budgets, library, log: none };
  const daemon = { ...parts, settings: { queueLimit: 100 } } as unknown as Daemon;
  const ask = <K extends 'cancel' | 'resume' | 'resumeSweep' | 'remove' | 'label' | 'cancelSweep'>(
    name: K,
    params: Record<string, unknown>,
  ) => handlers[name](daemon, params, undefined as never);
  return { ...parts, ask, ended: () => emptied(queue) };
}

const place = (point: number, more: Partial<SweepPlace> = {}) => ({
  sweep: { id: 's', name: 's', point, points: 3, values: {}, ...more },
});
const made = async ({ store }: { store: RunStore }, number: number, more: Partial<RunRecord> = {}) => {
  const record = makeRun(root(), { id: `s-p${number}`, ...place(number), ...more });
  await store.add(record);
  return record;
};
const job = ({ run }: RunRecord, resume = false) => ({ run, resume, allowDifferentBackend: false });
const events = (run: string) =>
  readFileSync(files(run).metrics, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);

test('a run that is resumed twice at once is resumed once', async () => {
  const { ask, ended, ...all } = house();
  const budget = place(1, { budget: 100 });
  const { run } = await made(all, 1, { state: 'interrupted', worked: 2, ...budget });
  const both = await Promise.allSettled([ask('resume', { run }), ask('resume', { run })]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await ended();
  expect(events(run)).toEqual(['resumed', 'finished']);
  expect(all.store.get(run)).toMatchObject({ state: 'finished', resumes: 1 });
});

test('a run is resumed also while its end is being written', async () => {
  const { ask, ended, ...all } = house();
  const record = await made(all, 1);
  all.queue.add(job(record));
  await expect.poll(() => all.store.get(record.run)?.state).toBe('running');
  const resumed = new Promise((resolve, reject) => {
    all.store.onChange = ({ run, state }) => state === 'cancelled' && ask('resume', { run }).then(resolve, reject);
  });
  await ask('cancel', { run: record.run });
  await resumed;
  await ended();
  expect(events(record.run)).toEqual(['cancelled', 'resumed', 'finished']);
});

test('a sweep that is resumed twice at once is resumed once', async () => {
  const { ask, ended, ...all } = house();
  const runs = [await made(all, 1, { state: 'interrupted' }), await made(all, 2, { state: 'interrupted' })];
  const both = await Promise.allSettled([ask('resumeSweep', { sweep: 's' }), ask('resumeSweep', { sweep: 's' })]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await ended();
  expect(runs.map(({ run }) => events(run))).toEqual([
    ['resumed', 'finished'],
    ['resumed', 'finished'],
  ]);
});

test('giving a sweep its time anew takes nothing back that its points came to meanwhile', async () => {
  const { store, budgets } = house();
  const budget = (number: number) => place(number, { budget: 100 });
  await made({ store }, 1, { state: 'finished', worked: 1, ...budget(1) });
  const second = await made({ store }, 2, { state: 'running', worked: 1, ...budget(2) });
  const renewed = budgets.renew('s');
  store.put({ ...second, state: 'finished', step: 9 });
  await renewed;
  expect(store.get(second.run)).toMatchObject({ state: 'finished', step: 9 });
});

test('a budget that is used up does not end a worker that is slow to stop', async () => {
  const all = house();
  const record = await made(all, 1);
  all.queue.add(job(record));
  await expect.poll(() => all.store.get(record.run)?.state).toBe('running');
  const now = Date.now();
  all.supervisor.cancel(record.run, 'budget');
  vi.spyOn(Date, 'now').mockReturnValue(now + 60_000);
  // The end of another point looks at the budget again, and its user stops the sweep.
  all.supervisor.cancel(record.run, 'budget');
  all.supervisor.cancel(record.run);
  await all.ended();
  expect(all.store.get(record.run)).toMatchObject({ state: 'cancelled', step: 3, overBudget: true });
});

test('the budget holds when the run that was looked at last is removed', async () => {
  const all = house();
  const budget = (number: number) => place(number, { budget: 1 });
  const { run } = await made(all, 1, { state: 'finished', ...budget(1) });
  const record = await made(all, 2, budget(2));
  all.queue.add(job(record));
  await expect.poll(() => all.store.get(record.run)?.state).toBe('running');
  await all.budgets.watch(run);
  await all.ask('remove', { runs: [run] });
  await all.ended();
  expect(all.store.get(record.run)).toMatchObject({ state: 'cancelled', overBudget: true });
});

test('a run that is cancelled on its way to the queue does not begin', async () => {
  const all = house();
  const record = await made(all, 1);
  expect(await all.ask('cancel', { run: record.run })).toMatchObject({ state: 'cancelled' });
  all.queue.add(job(record));
  await all.ended();
  expect(events(record.run)).toEqual(['cancelled']);
  expect(readRecord(record.run)).toMatchObject({ state: 'cancelled' });
});

test('a run that waits is cancelled also where its events cannot be written', async () => {
  const all = house();
  const record = await made(all, 1);
  mkdirSync(files(record.run).metrics);
  expect(await all.ask('cancel', { run: record.run })).toMatchObject({ state: 'cancelled' });
});

test('a point that waits and is cancelled while the others are judged does not go on', async () => {
  const all = house();
  const halving = (number: number) => place(number, { halving: 3, metric: 'loss' });
  const waiting = (number: number) => ({ rungs: [{ step: 5, value: number }], ...halving(number) });
  const [first] = [await made(all, 1, waiting(1)), await made(all, 2, waiting(2)), await made(all, 3, waiting(3))];
  let cancelled: Promise<unknown> | undefined;
  all.supervisor.onMetrics = async (run) => {
    if (run !== first!.run) return;
    // Whoever watches is slow to take the second event, which says that it is cancelled.
    if (cancelled) await new Promise((resolve) => setTimeout(resolve, 100));
    else cancelled = all.ask('cancel', { run });
  };
  await all.halving.settle('s');
  await cancelled;
  await all.ended();
  expect(all.store.get(first!.run)).toMatchObject({ state: 'cancelled' });
  expect(events(first!.run)).not.toContain('finished');
});

test('points do not wait for one that was removed', async () => {
  const all = house();
  const halving = (number: number) => place(number, { halving: 3, metric: 'loss' });
  const error = { code: 'interrupted', message: 'm', kind: 'runtime' } as const;
  const { run } = await made(all, 1, { state: 'interrupted', error, ...halving(1) });
  const other = await made(all, 2, { rungs: [{ step: 5, value: 2 }], ...halving(2) });
  await all.halving.settle('s');
  expect(all.store.get(other.run)).toMatchObject({ state: 'queued' });
  await all.ask('remove', { runs: [run] });
  await all.ended();
  expect(all.store.get(other.run)).toMatchObject({ state: 'finished' });
});

test('labels that a run was being given when it was removed go with it', async () => {
  const all = house();
  const { run } = await made(all, 1, { state: 'finished' });
  const labelled = all.ask('label', { runs: [run], change: { starred: true } });
  const removed = all.ask('remove', { runs: [run] });
  expect(await labelled).toMatchObject({ runs: [], failed: [{ run, error: { code: 'unknown-run' } }] });
  await removed;
  expect([existsSync(run), readRecord(path.join(root(), '.trash', 's-p1'))?.labels]).toEqual([
    false,
    { starred: true },
  ]);
});

test('what a run came to elsewhere, or before it was removed, is no news; what it takes from a twin is', async () => {
  const all = house();
  const twin = await made(all, 1, { state: 'finished', untold: true, fingerprint: 'f' });
  writeFileSync(files(twin.run).metrics, '');
  const other = await made(all, 2, { fingerprint: 'f' });
  expect(await takeFromTwin(all.store, other, none)).toBe(true);
  expect(all.store.get(other.run)).toMatchObject({ state: 'finished', untold: true });
  const { run } = makeRun(root(), { id: 'elsewhere', state: 'finished', untold: true });
  expect(await all.store.adopt(run)).not.toHaveProperty('untold');
  expect(readRecord(run)).not.toHaveProperty('untold');
});
