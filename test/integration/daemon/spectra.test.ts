/** Spectra through the real daemon and its socket; the worker beside it is a stand-in that only sends. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SpectrumStream } from '../../../client/spectrum-stream.ts';
import type { DaemonNotifications } from '../../../server/protocol/daemon.ts';
import type { SpectrumItem } from '../../../server/protocol/spectrum.ts';
import { DaemonClient } from '../../../server/wire/client.ts';
import { version } from '../../../server/wire/version.ts';
import { bundle, eventually, lives, Rig, tinyLlama } from '../rig.ts';

let rig: Rig;
let daemonScript: string;
beforeEach(() => {
  rig = new Rig({ RANKWISE_IDLE_SECONDS: '1' });
  daemonScript = rig.file('dist/daemon.js', '');
  copyFileSync(bundle('daemon'), daemonScript);
  rig.file('dist/package.json', '{ "type": "commonjs" }');
});
afterEach(() => rig.close());

/** `body` sees the job's parameters and `item`. */
const worker = (body: string) =>
  rig.file(
    'dist/worker.js',
    `require('node:fs').writeFileSync(${JSON.stringify(path.join(rig.root, 'pid'))}, String(process.pid));
     process.on('disconnect', () => process.exit(1));
     const item = (item) => process.send({ type: 'item', item });
     const done = () => process.send({ type: 'result', result: { matrices: 1, cached: 0, seconds: 0 } }, () => process.exit(0));
     process.on('message', ({ type, params }) => { if (type === 'job') { ${body} } });`,
  );
const endless = 'setInterval(() => item({ type: "progress", done: 0, total: 1 }), 10);';
const workerPid = () => Number(readFileSync(path.join(rig.root, 'pid'), 'utf8'));
const model = { model: '/models/tiny' };

test('a spectrum larger than a frame arrives whole, then its end', async () => {
  worker(
    'for (let i = 0; i < 60; i++) item({ type: "values", matrix: String(i), values: "x".repeat(500_000) }); done();',
  );
  const client = new DaemonClient({ version, spawn: true, daemonScript, env: rig.env });
  const items: SpectrumItem[] = [];
  let end: object | undefined;
  client.on('spectrumItems', (parcel) => items.push(...parcel.items));
  client.on('spectrumEnded', (parcel) => {
    end = parcel;
  });
  const { task } = await client.request('spectrum', model);
  await eventually(() => end !== undefined, 30);
  expect(end).toEqual({ task, result: { matrices: 1, cached: 0, seconds: 0 } });
  expect(items.map((item) => 'matrix' in item && item.matrix)).toEqual(Array.from({ length: 60 }, (_, i) => String(i)));
  client.dispose();
});

test('the real worker computes each matrix once', async () => {
  const client = new DaemonClient({ version, spawn: true, daemonScript: bundle('daemon'), env: rig.env });
  const values = new Set<string>();
  const ends: DaemonNotifications['spectrumEnded'][] = [];
  client.on('spectrumItems', ({ items }) => {
    for (const item of items) if (item.type === 'values') values.add(item.values);
  });
  client.on('spectrumEnded', (end) => ends.push(end));
  const result = async () => {
    await client.request('spectrum', { model: tinyLlama, modules: '*layers*' });
    await eventually(() => ends.length > 0, 60);
    const end = ends.pop()!;
    return 'result' in end ? end.result : end.error;
  };
  expect(await result()).toMatchObject({ matrices: 14, cached: 0, kernel: expect.any(String) });
  expect(await result()).toMatchObject({ matrices: 14, cached: 14 });
  expect(values.size).toBe(14);
  client.dispose();
});

test('it ends with its connection, and keeps the daemon alive only until then', async () => {
  worker(endless);
  const connection = await rig.connect({ daemonScript });
  await connection.request('spectrum', model);
  await eventually(() => existsSync(path.join(rig.root, 'pid')), 20);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(connection.closed).toBe(false);
  connection.close();
  await eventually(() => !lives(workerPid()), 1.5);
  await eventually(() => !lives(connection.daemon.pid), 20);
});

test('it does not stand against a stop, and says why it ended', async () => {
  worker(endless);
  const connection = await rig.connect({ daemonScript });
  let code: string | undefined;
  connection.on('spectrumEnded', (end) => {
    code = 'error' in end ? end.error.code : 'result';
  });
  await connection.request('spectrum', model);
  await eventually(() => existsSync(path.join(rig.root, 'pid')), 20);
  expect(await connection.request('shutdown', {})).toEqual({ stopping: true, jobs: 0, queued: 0 });
  await eventually(() => connection.closed && !lives(connection.daemon.pid), 20);
  expect([code, lives(workerPid())]).toEqual(['daemon-stopped', false]);
});

test('a window whose daemon dies has the spectrum computed by the next one', async () => {
  worker(endless);
  const client = new DaemonClient({ version, spawn: true, daemonScript, env: rig.env });
  let items = 0;
  const onItems = () => items++;
  const stream = new SpectrumStream({ daemon: client, params: () => model, onItems, onEnd: () => {} });
  await stream.start();
  await eventually(() => items > 2, 20);
  const { pid } = client.daemon!;
  process.kill(pid, 'SIGKILL');
  await eventually(() => !lives(pid), 5);
  items = 0;
  await eventually(() => items > 2, 20);
  expect(client.daemon!.pid).not.toBe(pid);
  stream.dispose();
  await eventually(() => !lives(workerPid()), 1.5);
  client.dispose();
});

test.each([
  ['model', {}],
  ['model', { model: 'relative' }],
  ['adapter', { ...model, adapter: 1 }],
  ['of', { ...model, of: ['base', 'others'] }],
  ['of', { ...model, of: [] }],
  ['changes', { ...model, changes: 'no' }],
  ['modules', { ...model, modules: '' }],
  ['kernel', { ...model, kernel: 3 }],
])('a wrong %s is refused: %j', async (field, params) => {
  const connection = await rig.connect({ daemonScript });
  await expect(connection.request('spectrum', params as never)).rejects.toMatchObject({ code: 'bad-request', field });
});
