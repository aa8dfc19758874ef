import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readRecord } from '../../../server/daemon/record.ts';
import { recover } from '../../../server/daemon/recovery.ts';
import { RunStore } from '../../../server/daemon/store.ts';
import { identityOf, isAlive } from '../../../server/wire/processes.ts';
import { event, makeRun, temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
const quiet = () => {};
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('a run whose worker is gone is interrupted at its last step', async () => {
  const record = makeRun(root(), { state: 'running', worker: { pid: 2 ** 22 - 1 } }, [
    event.started,
    event.step(1),
    event.step(2),
  ]);
  const found = await recover(record, quiet);
  expect(found).toMatchObject({
    state: 'interrupted',
    step: 2,
    totalSteps: 10,
    lastLoss: 0.5,
    error: { code: 'interrupted' },
  });
  expect(found.worker).toBeUndefined();
});

test('one that finished after the daemon died is finished', async () => {
  const record = makeRun(root(), { state: 'running', worker: { pid: 2 ** 22 - 1 } }, [
    event.started,
    event.step(1),
    event.finished(1, '/r'),
  ]);
  expect(await recover(record, quiet)).toMatchObject({
    state: 'finished',
    step: 1,
    result: { trainableParameters: 1 },
    adapters: [{ name: 'lora', path: '/r/adapter' }],
  });
});

test('the failure of an earlier attempt does not count', async () => {
  const events = [event.started, event.step(1), event.failed(1)];
  const record = makeRun(root(), { state: 'running', worker: { pid: 2 ** 22 - 1, fromLine: 3 } }, events);
  expect(await recover(record, quiet)).toMatchObject({ state: 'interrupted' });
});

test('without run.json, a resume after a failure is seen in the events', async () => {
  const { run } = makeRun(root(), {}, [event.started, event.step(1), event.failed(1), event.resumed(0), event.step(1)]);
  rmSync(path.join(run, 'run.json'));
  const store = new RunStore(root(), quiet);
  expect(readRecord(run)).toBeUndefined();
  const found = await recover(await store.adopt(run), quiet);
  expect(found).toMatchObject({ state: 'interrupted', step: 1, error: { code: 'interrupted' } });
});

const sleeper = async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  children.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return child;
};

test('an orphan worker is ended first', async () => {
  const { pid } = await sleeper();
  const found = await recover(makeRun(root(), { state: 'running', worker: identityOf(pid) }), quiet);
  expect(found.state).toBe('interrupted');
  expect(isAlive({ pid: pid! })).toBe(false);
});

test('a stranger that got the pid of a dead worker is left alone', async () => {
  const { pid } = await sleeper();
  const worker = { pid: pid!, startTime: 'another boot:1' };
  expect(await recover(makeRun(root(), { state: 'running', worker }), quiet)).toMatchObject({ state: 'interrupted' });
  expect(isAlive({ pid: pid! })).toBe(true);
});
