import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRecord } from '../../../server/daemon/record.ts';
import type { RunRecord } from '../../../server/protocol/runs.ts';
import { event, makeRun, partsIn, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();

/** A worker process that does `body` with the job; `emit` writes an event as the training job does. */
async function supervise(body: string, more: Partial<RunRecord> = {}, before: object[] = []) {
  const { store, supervisor } = partsIn(
    root(),
    `const { appendFileSync } = require('node:fs');
     let run;
     process.on('disconnect', () => process.exit(1));
     process.on('message', ({ type, params }) => {
       run ??= params.run;
       const say = (m) => process.send(m, () => {});
       const emit = (e) => { appendFileSync(run + '/metrics.jsonl', JSON.stringify(e) + '\\n'); say({ type: 'event', event: e }); };
       const done = () => process.send({ type: 'result', result: null }, () => process.exit(0));
       const cancelled = type === 'cancel';
       ${body}
     });`,
  );
  const record = makeRun(root(), more, before);
  await store.add(record);
  const work = () => supervisor.work({ run: record.run, resume: false, allowDifferentBackend: false });
  const events = () =>
    readFileSync(path.join(record.run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event);
  return { supervisor, store, work, events, now: () => readRecord(record.run)!, record };
}

const say = (e: object) => `emit(${JSON.stringify(e)});`;

test('a finished job leaves its result in run.json, and no worker', async () => {
  const { work, now } = await supervise(
    `${say(event.started)}${say(event.step(1))}${say(event.finished(1, '/r'))}done();`,
  );
  await work();
  expect(now()).toMatchObject({
    state: 'finished',
    step: 1,
    totalSteps: 10,
    lastLoss: 1,
    adapters: [{ path: '/r/adapter' }],
  });
  expect(now().worker).toBeUndefined();
});

test.each([
  ['exits', 'process.exit(9)', 'failed', 'worker-crashed', ['started', 'failed']],
  ['crashes', 'process.kill(process.pid, "SIGABRT")', 'failed', 'worker-crashed', ['started', 'failed']],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', 'interrupted', 'worker-killed', ['started']],
])('a worker that %s ends its run with the reason', async (_, death, state, code, expected) => {
  const { work, now, events } = await supervise(`${say(event.started)} setTimeout(() => ${death}, 30);`);
  await work();
  expect(now()).toMatchObject({ state, error: { code } });
  expect(events()).toEqual(expected);
});

test("the job's error keeps its file and field, and is an event once", async () => {
  const error = { code: 'bad-row', message: 'No.', kind: 'runtime', file: '/d.jsonl', field: 'text' };
  const { work, now, events } = await supervise(
    `process.send({ type: 'error', error: ${JSON.stringify(error)} }, () => process.exit(0));`,
  );
  await work();
  expect(now()).toMatchObject({ state: 'failed', error });
  expect(events()).toEqual(['failed']);
});

test('a cancelled worker that is killed over it is cancelled, not interrupted', async () => {
  const { work, now, supervisor, record, events } = await supervise(
    'if (cancelled) process.kill(process.pid, "SIGKILL");',
  );
  const working = work();
  await expect.poll(() => now().state).toBe('running');
  expect(supervisor.cancel(record.run)).toBe(true);
  await working;
  expect([now().state, events()]).toEqual(['cancelled', ['cancelled']]);
});

test('a shutdown leaves what ran interrupted, whatever the worker calls it', async () => {
  const stop = say({ event: 'cancelled', time: 't', step: 3, run: '/r' });
  const { work, now, supervisor } = await supervise(`if (cancelled) { ${stop} done(); }`);
  const working = work();
  await expect.poll(() => now().state).toBe('running');
  await supervisor.interruptAll(5000);
  await working;
  expect(now()).toMatchObject({ state: 'interrupted', step: 3, error: { code: 'interrupted' } });
});

test('a worker that does not stop is ended when the grace is over', async () => {
  const { work, now, supervisor } = await supervise('setInterval(() => {}, 1000);');
  const working = work();
  await expect.poll(() => now().state).toBe('running');
  await supervisor.interruptAll(100);
  await working;
  expect(now()).toMatchObject({ state: 'interrupted' });
});

test('what an earlier attempt ended with does not count, and its torn line is closed', async () => {
  const { work, now, record } = await supervise('process.kill(process.pid, "SIGKILL")', {}, [
    event.started,
    event.failed(1),
  ]);
  writeFileSync(path.join(record.run, 'metrics.jsonl'), `${JSON.stringify(event.failed(1))}\n{"event":"fin`);
  await work();
  expect(now()).toMatchObject({ state: 'interrupted' });
  expect(readFileSync(path.join(record.run, 'metrics.jsonl'), 'utf8')).toMatch(/"fin\n$/);
});

test('how a worker says that it ended counts where its file had no room for that', async () => {
  const told = { event: 'cancelled', time: 't', step: 3, run: '/r' };
  const paused = { event: 'paused', time: 't', step: 3, reason: 'disk-full', path: '/r' };
  const tell = (e: object) => `say({ type: 'event', event: ${JSON.stringify(e)} });`;
  const { work, now, supervisor, record, store } = await supervise(
    `if (cancelled) { ${tell(told)} done(); } else { ${tell(paused)} }`,
  );
  const working = work();
  await expect.poll(() => store.get(record.run)).toMatchObject({ state: 'running', paused: { since: 't' } });
  supervisor.cancel(record.run);
  await working;
  expect(now()).toMatchObject({ state: 'cancelled', step: 3 });
  expect(now()).not.toHaveProperty('paused');
});

test('a pause is no work: the budget of a sweep does not count it, and looks again when it is over', async () => {
  const sweep = { id: 's', name: 's', point: 1, points: 1, values: {}, budget: 100 };
  const paused = { event: 'paused', time: 't', step: 1, reason: 'disk-full', path: '/r' };
  const continued = { event: 'continued', time: 't', step: 1, seconds: 0.7 };
  const { work, now, supervisor } = await supervise(
    `${say(event.started)}${say(paused)}setTimeout(() => { ${say(continued)}${say(event.finished(1, '/r'))}done(); }, 700);`,
    { sweep },
  );
  let starts = 0;
  supervisor.onStart = () => starts++;
  const began = performance.now();
  await work();
  const { worked = 0 } = now();
  expect(worked).toBeGreaterThan(0);
  expect(worked).toBeLessThan((performance.now() - began) / 1000 - 0.6);
  expect(starts).toBe(2);
});

test('a worker that is killed while its run is paused leaves it interrupted, held up by nothing, and that is news', async () => {
  const paused = { event: 'paused', time: 't', step: 1, reason: 'disk-full', path: '/r' };
  const { work, now } = await supervise(
    `${say(event.started)}say({ type: 'event', event: ${JSON.stringify(paused)} }); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 30);`,
  );
  await work();
  expect(now()).toMatchObject({ state: 'interrupted', error: { code: 'worker-killed' }, untold: true });
  expect(now()).not.toHaveProperty('paused');
});
