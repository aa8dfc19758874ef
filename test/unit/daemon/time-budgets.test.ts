/** Sweeps with a budget of time, their workers going on until they are told to stop. */
import { expect, test } from 'vitest';
import { JobQueue } from '../../../server/daemon/queue.ts';
import { recover } from '../../../server/daemon/recovery.ts';
import { TimeBudgets } from '../../../server/daemon/time-budgets.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { emptied, event, makeRun, partsIn, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();

/** Trains until it is cancelled; the first point is quick and finishes. */
const worker = `
  const { appendFileSync } = require('node:fs');
  let run;
  process.on('disconnect', () => process.exit(1));
  process.on('message', ({ type, params }) => {
    run ??= params.run;
    const end = (e) => {
      appendFileSync(run + '/metrics.jsonl', JSON.stringify({ time: 't', step: 3, run, ...e }) + '\\n');
      process.send({ type: 'result', result: null }, () => process.exit(0));
    };
    if (type === 'cancel') end({ event: 'cancelled' });
    else if (run.endsWith('p1')) end({ event: 'finished', result: {} });
    else setInterval(() => {}, 1000);
    if (type !== 'cancel' && run.endsWith('p4')) {
      const say = (e) => process.send({ type: 'event', event: { time: 't', step: 1, ...e } });
      say({ event: 'paused', reason: 'disk-full', path: run });
      setTimeout(() => say({ event: 'continued', seconds: 2.2 }), 2200);
    }
  });`;

function house() {
  const { store, supervisor, points } = partsIn(root(), worker);
  const queue: JobQueue = new JobQueue({
    concurrency: 1,
    work: (job) => {
      const done = supervisor.work(job);
      void budgets.watch(job.run);
      return done;
    },
    after: ({ run }) => budgets.watch(run),
    onIdle: () => {},
  });
  const budgets = new TimeBudgets({ store, queue, supervisor, log: () => {} });
  supervisor.onStart = (run) => void budgets.watch(run);
  const start = async (records: RunRecord[]) => {
    for (const record of records) await store.add(record);
    for (const { run } of records) queue.add({ run, resume: false, allowDifferentBackend: false });
    await emptied(queue);
  };
  return { store, budgets, points, start };
}

const point = (number: number, budget: number, more: Partial<RunRecord> = {}) =>
  makeRun(root(), {
    id: `s-p${number}`,
    sweep: { id: 's', name: 's', point: number, points: 3, values: {}, budget },
    ...more,
  });
const outcomes = (records: RunRecord[]) => records.map(({ state, overBudget }) => [state, overBudget]);

test('when the time is used up what runs stops, what waits does not begin, and what has finished stays', async () => {
  const { store, start, points } = house();
  await store.add(point(1, 1, { state: 'finished', worked: 0.5 }));
  await start([point(2, 1), point(3, 1)]);
  expect(outcomes(points())).toEqual([
    ['finished', undefined],
    ['cancelled', true],
    ['cancelled', true],
  ]);
  const [, second, third] = points().map(({ worked }) => worked);
  expect(second).toBeGreaterThanOrEqual(0.49);
  expect(third).toBeUndefined();
});

test('a run does not begin where nothing is left, and points of another sweep are let alone', async () => {
  const { start, points } = house();
  const other = { id: 'o', name: 'o', point: 4, points: 1, values: {}, budget: 100 };
  await start([point(2, 1, { resumes: 1, worked: 2 }), point(3, 1), point(1, 1, { id: 'o-p1', sweep: other })]);
  expect(outcomes(points())).toEqual([
    ['cancelled', true],
    ['cancelled', true],
    ['finished', undefined],
  ]);
});

test('a pause costs nothing, and the clock goes on when it is over', async () => {
  const { start, points } = house();
  const began = performance.now();
  await start([point(4, 2)]);
  expect(outcomes(points())).toEqual([['cancelled', true]]);
  // 4.2 s, or 2 s with the pause counted; a worker that starts late on a busy machine has less of the two left for it.
  expect(performance.now() - began).toBeGreaterThan(3100);
});

test('what was used is forgotten when somebody goes on with the sweep', async () => {
  const { store, budgets, points } = house();
  await store.add(point(1, 1, { state: 'finished', worked: 2 }));
  await budgets.renew('s');
  expect(points()[0]).not.toHaveProperty('worked');
});

test('the time of a worker whose daemon died counts as far as its events go, pauses left out', async () => {
  const record = makeRun(
    root(),
    {
      state: 'running',
      worker: { pid: 2 ** 22 - 1, since: '2026-01-01T00:00:00.000Z' },
      worked: 2,
      sweep: point(1, 9).sweep!,
    },
    [
      event.started,
      { event: 'continued', time: '2026-01-01T00:00:02.000Z', step: 0, seconds: 1 },
      { ...event.step(1), time: '2026-01-01T00:00:03.000Z' },
    ],
  );
  expect(await recover(record, () => {})).toMatchObject({ state: 'interrupted', worked: 4 });
});
