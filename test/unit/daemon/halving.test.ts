/** Points of a sweep with rungs, run by workers that only write what a training job would. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { goOn } from '../../../server/daemon/again.ts';
import { Halving } from '../../../server/daemon/halving.ts';
import { JobQueue } from '../../../server/daemon/queue.ts';
import { files } from '../../../server/daemon/record.ts';
import { recover } from '../../../server/daemon/recovery.ts';
import { TimeBudgets } from '../../../server/daemon/time-budgets.ts';
import { isWaiting } from '../../../server/metrics/halving.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { emptied, makeRun, openStore, partsIn, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();

/** A job of 90 steps whose loss is the point's number, worse the further it is from the last; it stops at the rung that it is given. */
const worker = `
  const { appendFileSync } = require('node:fs');
  process.on('disconnect', () => process.exit(1));
  process.on('message', ({ params: { run, resume, until } }) => {
    const emit = (e) => appendFileSync(run + '/metrics.jsonl', JSON.stringify({ time: 't', ...e }) + '\\n');
    const point = Number(/p(\\d+)$/.exec(run)[1]);
    emit(resume ? { event: 'resumed', step: 0 } : { event: 'started', totalSteps: 90 });
    if (point === Number(process.env.RW_TEST_FAILS)) emit({ event: 'failed', step: 1, code: 'non-finite-loss', message: 'NaN' });
    else if (until) emit({ event: 'rung', step: 90 / until.divisors[0], run, rung: until.rung, metric: until.metric, value: point });
    else emit({ event: 'finished', step: 90, run, result: {} });
    process.send({ type: 'result', result: null }, () => process.exit(0));
  });`;

/** The daemon's parts on what lies in the folder; `submit` makes the points first. */
function house() {
  const parts = partsIn(root(), worker);
  const { store, supervisor } = parts;
  const queue: JobQueue = new JobQueue({
    concurrency: 2,
    work: (job) => supervisor.work(job),
    after: ({ run }) => halving.after(run),
    onIdle: () => {},
  });
  const halving = new Halving({ store, supervisor, queue });
  return { ...parts, halving, queue, ended: () => emptied(queue) };
}

const point = (number: number, points: number, more: Partial<RunRecord> = {}, events: object[] = []) =>
  makeRun(
    root(),
    {
      id: `s-p${number}`,
      sweep: { id: 's', name: 's', point: number, points, values: {}, metric: 'loss', halving: 2 },
      ...more,
    },
    events,
  );

const start = ({ queue }: ReturnType<typeof house>, runs: RunRecord[], resume = false) => {
  for (const { run } of runs) queue.add({ run, resume, allowDifferentBackend: false });
};
const outcome = (record: RunRecord) => [
  record.sweep!.point,
  record.state,
  record.halted && [record.halted.step, record.halted.rank, record.halted.of],
];

test('at each rung the best go on and the others end, and none holds a place while it waits', async () => {
  const all = house();
  const runs = [1, 2, 3, 4].map((number) => point(number, 4));
  for (const run of runs) await all.store.add(run);
  start(all, runs);
  await all.ended();
  expect(all.points().map(outcome)).toEqual([
    [1, 'finished', undefined],
    [2, 'cancelled', [45, 2, 2]],
    [3, 'cancelled', [22.5, 3, 4]],
    [4, 'cancelled', [22.5, 4, 4]],
  ]);
});

test('what was decided stands in the events: without run.json it is known again', async () => {
  const all = house();
  const runs = [1, 2].map((number) => point(number, 2));
  for (const run of runs) await all.store.add(run);
  for (const { run, sweep } of runs) writeFileSync(files(run).sweep, JSON.stringify(sweep));
  start(all, runs);
  await all.ended();
  const before = all.points();
  for (const { run } of runs) rmSync(files(run).record);
  const store = await openStore(root());
  for (const [i, { run }] of runs.entries()) {
    const { state, halted, rungs, passed } = before[i]!;
    const found = await recover(store.get(run)!, () => {});
    expect(found).toMatchObject({ state, rungs, ...(halted && { halted }), ...(passed && { passed }) });
  }
});

const rung = (value: number) => ({ event: 'rung', time: 't', step: 45, rung: 0, metric: 'loss', value });

test('a daemon that died after the last point came decides as it would have', async () => {
  point(1, 2, { rungs: [{ step: 45, value: 1 }] }, [rung(1)]);
  // This one’s worker wrote its event, and run.json did not hear of it.
  point(2, 2, { state: 'running', worker: { pid: 2 ** 22 - 1, fromLine: 0 } }, [rung(2)]);
  const all = house();
  for (const number of [1, 2]) {
    const record = JSON.parse(readFileSync(path.join(root(), `s-p${number}`, 'run.json'), 'utf8')) as RunRecord;
    await all.store.add(await recover(record, () => {}));
  }
  expect(all.points().map(isWaiting)).toEqual([true, true]);
  await all.halving.settle('s');
  await all.ended();
  expect(all.points().map(outcome)).toEqual([
    [1, 'finished', undefined],
    [2, 'cancelled', [45, 2, 2]],
  ]);
});

test('a daemon that died between two verdicts goes on with the rest', async () => {
  const rungs = (value: number) => [{ step: 45, value }];
  const halted = { step: 45, rank: 2, of: 2, metric: 'loss' };
  const all = house();
  await all.store.add(point(2, 2, { state: 'cancelled', rungs: rungs(2), halted }));
  await all.store.add(point(1, 2, { rungs: rungs(1) }));
  await all.halving.settle('s');
  await all.ended();
  expect(all.points().map(outcome)).toEqual([
    [1, 'finished', undefined],
    [2, 'cancelled', [45, 2, 2]],
  ]);
  const events = readFileSync(files(all.points()[1]!.run).metrics, { encoding: 'utf8', flag: 'a+' });
  expect(events).toBe('');
});

test('a point whose directory is gone keeps nobody waiting', async () => {
  const all = house();
  const gone = point(1, 2, { rungs: [{ step: 45, value: 1 }] });
  const left = point(2, 2, { rungs: [{ step: 45, value: 2 }] });
  for (const run of [gone, left]) await all.store.add(run);
  rmSync(gone.run, { recursive: true });
  await all.halving.settle('s');
  await all.ended();
  expect(all.points().map(({ state }) => state)).toEqual(['missing', 'finished']);
});

test('one that was stopped goes to its end when somebody wants it to', async () => {
  const all = house();
  const halted = { step: 22, rank: 4, of: 4, metric: 'loss' };
  const record = point(4, 4, { state: 'cancelled', rungs: [{ step: 22, value: 4 }], halted });
  await all.store.add(record);
  const budgets = new TimeBudgets({ ...all, log: () => {} });
  await goOn({ ...all, budgets }, [record.run], { allowDifferentBackend: false });
  await all.ended();
  expect(all.points()[0]).toMatchObject({ state: 'finished', passed: 2, resumes: 1 });
});
