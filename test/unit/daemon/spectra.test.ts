import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SpectrumClient } from '../../../server/daemon/parcels.ts';
import { Spectra } from '../../../server/daemon/spectra.ts';
import { temporaryFolder } from './helpers.ts';

const root = temporaryFolder();
let spectra: Spectra;
afterEach(() => spectra.close());

/** Worker processes that do `body` with the job; `item` sends a part, `done` the result. */
function serve(body: string, { atOnce = 2 } = {}) {
  const script = path.join(root(), 'worker.cjs');
  writeFileSync(
    script,
    `const { appendFileSync, writeFileSync } = require('node:fs');
     process.on('disconnect', () => process.exit(1));
     process.on('message', async ({ type, params }) => {
       const cancelled = type === 'cancel';
       if (!cancelled) appendFileSync(${JSON.stringify(path.join(root(), 'pids'))}, process.pid + '\\n');
       const item = (item) => new Promise((sent) => process.send({ type: 'item', item }, sent));
       const done = () => process.send({ type: 'result', result: { matrices: 1, cached: 0, seconds: 0, params } }, () => process.exit(0));
       ${body}
     });`,
  );
  spectra = new Spectra({ script, home: '/home', atOnce, onIdle: () => {} });
}

class Client implements SpectrumClient {
  messages: { name: string; task: string; items?: { done: number }[]; result?: unknown; error?: { code: string } }[] =
    [];
  busy = false;
  notify(name: string, params: object): void {
    this.messages.push({ name, ...params } as never);
  }
  async drained(): Promise<void> {
    while (this.busy) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  end = () => this.messages.find(({ name }) => name === 'spectrumEnded');
  ended = () => expect.poll(this.end, { timeout: 10_000 }).toBeTruthy();
  items = () => this.messages.flatMap(({ items }) => items ?? []);
}

const pids = () => {
  const file = path.join(root(), 'pids');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
};
const started = (count: number) => expect.poll(() => pids().length, { timeout: 10_000 }).toBe(count);
const lives = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const model = { model: '/m' };
const forever = 'setInterval(() => item({ type: "progress", done: 0, total: 1 }), 5);';
const deaf = `if (!cancelled) { ${forever} }`;

test('items come in order, many in a message, before the result; the worker knows the home', async () => {
  serve('for (let done = 0; done < 500; done++) item({ type: "progress", done, total: 500 }); done();');
  const client = new Client();
  const task = spectra.start(client, { ...model, of: ['base'] });
  await client.ended();
  expect(client.items().map(({ done }) => done)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  expect(client.messages.length).toBeLessThan(20);
  expect(client.messages.at(-1)).toMatchObject({
    ...{ name: 'spectrumEnded', task },
    result: { params: { model: '/m', of: ['base'], home: '/home' } },
  });
  await expect.poll(() => spectra.size).toBe(0);
});

test('messages stay far below the limit of a frame', async () => {
  serve('for (let i = 0; i < 12; i++) item({ type: "values", values: "x".repeat(400_000) }); done();');
  const client = new Client();
  spectra.start(client, model);
  await client.ended();
  expect(client.items()).toHaveLength(12);
  for (const message of client.messages) expect(JSON.stringify(message).length).toBeLessThan(1.1 * 2 ** 20);
});

test.each([
  ['cancelled', `if (cancelled) process.exit(0); else { ${forever} }`],
  ['deaf', deaf],
])('what is stopped sends nothing more, and its %s worker is gone within a second', async (_, body) => {
  serve(body);
  const client = new Client();
  const task = spectra.start(client, model);
  await expect.poll(() => client.messages.length, { timeout: 10_000 }).toBeGreaterThan(2);
  spectra.stop(client, task);
  const seen = client.messages.length;
  await rest(1000);
  expect(client.messages.length).toBe(seen);
  expect([spectra.size, lives(pids()[0]!)]).toEqual([0, false]);
});

test("one client cannot stop another's, and leaving ends all of one's own", async () => {
  serve(deaf, { atOnce: 1 });
  const [mine, theirs] = [new Client(), new Client()];
  const task = spectra.start(mine, model);
  spectra.start(mine, model);
  spectra.start(theirs, model);
  spectra.stop(theirs, task);
  expect(spectra.size).toBe(3);
  spectra.stopAll(mine);
  expect(spectra.size).toBe(1);
  await expect.poll(() => theirs.messages.length, { timeout: 10_000 }).toBeGreaterThan(0);
});

test.each([
  [
    'its own error',
    'process.send({ type: "error", error: { code: "no-model", message: "", kind: "input" } }, () => process.exit(0))',
    'no-model',
  ],
  ['an exit', 'process.exit(9)', 'worker-crashed'],
  ['a signal', 'process.kill(process.pid, "SIGKILL")', 'worker-killed'],
])('a worker that ends by %s says so after its items', async (_, death, code) => {
  serve(`await item({ type: "progress", done: 1, total: 2 }); ${death};`);
  const client = new Client();
  spectra.start(client, model);
  await client.ended();
  expect([client.items().length, client.end()!.error!.code]).toEqual([1, code]);
});

test('the rest waits, in order', async () => {
  serve('setTimeout(done, 200)', { atOnce: 1 });
  const client = new Client();
  const tasks = [spectra.start(client, model), spectra.start(client, model)];
  await started(1);
  await rest(100);
  expect(pids()).toHaveLength(1);
  await expect.poll(() => client.messages.map(({ task }) => task), { timeout: 10_000 }).toEqual(tasks);
});

test('a client that is busy is waited for, and one that never reads is given up', async () => {
  serve('for (let i = 0; i < 5; i++) item({ type: "values", values: "x".repeat(100) });');
  const client = new Client();
  client.busy = true;
  spectra.start(client, model);
  await started(1);
  await rest(300);
  expect(client.messages).toEqual([]);
  client.busy = false;
  await expect.poll(() => client.items().length).toBe(5);

  serve('if (!cancelled) for (;;) await item({ type: "values", values: "x".repeat(4_000_000) });');
  const asleep = new Client();
  asleep.busy = true;
  spectra.start(asleep, model);
  await started(2);
  await expect.poll(() => lives(pids()[1]!), { timeout: 10_000 }).toBe(false);
  asleep.busy = false;
  await asleep.ended();
  expect(asleep.end()!.error!.code).toBe('client-too-slow');
});

test('closing tells the clients and leaves no worker', async () => {
  serve(deaf, { atOnce: 1 });
  const client = new Client();
  spectra.start(client, model);
  spectra.start(client, model);
  await started(1);
  await spectra.close();
  expect(lives(pids()[0]!)).toBe(false);
  const ends = client.messages.filter(({ name }) => name === 'spectrumEnded');
  expect(ends.map(({ error }) => error!.code)).toEqual(['daemon-stopped', 'daemon-stopped']);
  expect(() => spectra.start(client, model)).toThrow('stopped');
});

test('a client has so many and no more', () => {
  serve(deaf);
  const client = new Client();
  for (let i = 0; i < 32; i++) spectra.start(client, model);
  expect(() => spectra.start(client, model)).toThrow('under way already');
  spectra.start(new Client(), model);
});
