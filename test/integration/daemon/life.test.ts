/** One daemon, however it is started, replaced, idle or lost. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateText } from '../../../server/metrics/run-state.ts';
import { DaemonClient } from '../../../server/wire/client.ts';
import { openPlaces } from '../../../server/wire/places.ts';
import { version } from '../../../server/wire/version.ts';
import { bundle, eventually, lives, Rig } from '../rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

const later = '99.0.0';

test('many starts at once give one daemon', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => rig.json('daemon', 'start')));
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  const log = readFileSync(openPlaces(rig.env).log, 'utf8');
  expect(log.match(/serves/g)).toHaveLength(1);
});

test('what a dead daemon left behind is in nobody’s way', async () => {
  const { pid } = await rig.json<{ pid: number }>('daemon', 'start');
  await rig.killDaemon();
  const { record, socket } = openPlaces(rig.env);
  expect([existsSync(record), existsSync(socket)]).toEqual([true, true]);
  expect(await rig.json('daemon', 'status')).toEqual({ running: false, pid: null, version: null, jobs: 0 });
  const next = await rig.json<{ pid: number }>('daemon', 'start');
  expect(next.pid).not.toBe(pid);
});

test.each(['', '{"pid":1', '[]', '{"socket":"/nowhere","token":"x"}'])(
  'a record of %j is no obstacle',
  async (content) => {
    writeFileSync(openPlaces(rig.env).record, content);
    expect(await rig.json('daemon', 'start')).toMatchObject({ running: true });
  },
);

test('stopping leaves no record, no socket and no lock', async () => {
  await rig.json('daemon', 'start');
  await rig.json('daemon', 'stop');
  const { record, socket, lock } = openPlaces(rig.env);
  expect([record, socket, lock].filter((file) => existsSync(file))).toEqual([]);
});

test('a window hears of runs that another client removes', async () => {
  const steps = [
    { step: 1, loss: 2 },
    { step: 2, loss: 1 },
  ];
  const state = { global_step: 2, max_steps: 2, log_history: steps };
  rig.file('hf/trainer_state.json', JSON.stringify(state));
  const { run } = await rig.json<{ run: string }>('import-run', 'hf');
  const client = new DaemonClient({ version, spawn: true, daemonScript: bundle('daemon'), env: rig.env });
  const gone: string[] = [];
  client.on('runsRemoved', ({ runs }) => gone.push(...runs));
  await client.request('status', {});
  await rig.json('remove', run, '--yes');
  await eventually(() => gone.length > 0, 10);
  expect(gone).toEqual([run]);
  client.dispose();
});

test('a daemon that is stopped tells its windows first that what runs is interrupted, and what waits waits for a daemon', async () => {
  const recipe = rig.recipe('demo', { training: { max_steps: 100_000 } });
  const { run } = await rig.json<{ run: string }>('run', recipe, '--detach');
  const { run: waiting } = await rig.json<{ run: string }>('run', recipe, '--detach');
  const client = new DaemonClient({ version, env: rig.env });
  const seen: string[] = [];
  client.on('connected', () => seen.push('connected'));
  client.on('runChanged', (record) => seen.push(stateText(record)));
  client.on('disconnected', () => seen.push('disconnected'));
  client.follow();
  await eventually(() => seen.includes('running'), 20);
  await rig.json('daemon', 'stop', '--force');
  await eventually(() => seen.includes('disconnected'), 10);
  expect(seen.slice(-3)).toEqual(['interrupted', 'waiting: no daemon', 'disconnected']);
  await rig.state(run, 'interrupted');
  client.dispose();
  const { stderr } = await rig.cli('runs');
  expect(stderr).toBe('No daemon was running: it was started, and 1 run that waited for it goes on.\n');
  await rig.cli('cancel', waiting);
});

test('an idle daemon stops by itself, also with windows open, and is started again when needed', async () => {
  rig.env.RANKWISE_IDLE_SECONDS = '1';
  const client = new DaemonClient({ version, spawn: true, daemonScript: bundle('daemon'), env: rig.env });
  const seen: string[] = [];
  client.on('connected', ({ pid }) => seen.push(`connected ${pid}`));
  client.on('disconnected', () => seen.push('disconnected'));
  const first = await client.request('status', {});
  await eventually(() => seen.includes('disconnected'), 20);
  expect(lives(first.pid)).toBe(false);
  const second = await client.request('status', {});
  expect(seen).toEqual([`connected ${first.pid}`, 'disconnected', `connected ${second.pid}`]);
  client.dispose();
});

test('a window that follows attaches by itself to a daemon that someone else starts', async () => {
  const client = new DaemonClient({ version, env: rig.env });
  let connected = 0;
  client.on('connected', () => connected++);
  client.follow();
  await rig.json('daemon', 'start');
  await eventually(() => connected === 1, 20);
  await rig.killDaemon();
  await rig.json('daemon', 'start');
  await eventually(() => connected === 2, 20);
  client.dispose();
});

test('an idle daemon older than its client is replaced', async () => {
  const old = await rig.connect();
  const { daemon } = await rig.connect({ version: later });
  expect(daemon.pid).not.toBe(old.daemon.pid);
  expect(lives(old.daemon.pid)).toBe(false);
});

test('a busy one is used until its queue is empty, and makes room then', async () => {
  const recipe = rig.recipe('demo', { training: { max_steps: 400 } });
  const { run } = await rig.json<{ run: string }>('run', recipe, '--detach');
  const { pid } = await rig.json<{ pid: number }>('daemon', 'status');
  const newer = await rig.connect({ version: later });
  expect(newer.daemon).toMatchObject({ pid, jobs: 1 });
  await rig.state(run, 'finished');
  await eventually(() => !lives(pid), 20);
});
