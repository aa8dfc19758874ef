/** Who may speak to the daemon, and what becomes of those who may not. */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import type { DaemonRecord } from '../../../server/protocol/daemon.ts';
import type { DaemonConnection } from '../../../server/wire/connection.ts';
import { greet } from '../../../server/wire/connection.ts';
import { openPlaces } from '../../../server/wire/places.ts';
import { Rig } from '../rig.ts';

const rig = new Rig();
let daemon: DaemonConnection;
let record: DaemonRecord;
beforeAll(async () => {
  daemon = await rig.connect();
  record = JSON.parse(readFileSync(openPlaces(rig.env).record, 'utf8')) as DaemonRecord;
});
afterAll(() => rig.close());

const dial = () =>
  new Promise<Socket>((resolve, reject) => {
    const socket = createConnection(record.socket, () => resolve(socket));
    socket.once('error', reject);
  });

/** What the daemon answers to raw bytes before it hangs up. */
async function answerTo(bytes: string | Buffer): Promise<string> {
  const socket = await dial();
  let answer = '';
  socket.on('data', (part) => {
    answer += part.toString();
  });
  socket.on('error', () => {}); // cut off while we still write
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

const frame = (message: unknown) => {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const hello = (params: object) => frame({ jsonrpc: '2.0', id: 1, method: 'hello', params });
const status = frame({ jsonrpc: '2.0', id: 1, method: 'status', params: {} });

test('socket and record are for their owner alone', () => {
  const mode = (file: string) => statSync(file).mode & 0o777;
  expect([mode(record.socket), mode(path.dirname(record.socket))]).toEqual([0o600, 0o700]);
  expect(mode(openPlaces(rig.env).record)).toBe(0o600);
});

test.each([
  ['a wrong token', hello({ token: 'x', protocol: 1, version: '1' }), 'wrong-token'],
  ['no token', hello({}), 'wrong-token'],
  ['a token of another type', hello({ token: [1], protocol: 1 }), 'wrong-token'],
  ['a request before the greeting', status, 'wrong-token'],
  ['a notification before the greeting', frame({ jsonrpc: '2.0', method: 'hello' }), ''],
  ['a length of a terabyte', 'Content-Length: 1000000000000\r\n\r\n', ''],
  ['a greeting beyond its bound', hello({ token: 'x'.repeat(10_000) }), ''],
  ['HTTP', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', ''],
])('%s ends the connection', async (_, bytes, expected) => {
  const answer = await answerTo(bytes);
  expect(answer).toContain(expected);
  expect(answer).not.toContain('"result"');
});

test('random bytes end the connection and nothing else', async () => {
  const random = Random.seeded(1, 'garbage');
  await Promise.all(
    Array.from({ length: 50 }, () => answerTo(Buffer.from(Array.from({ length: 2000 }, () => random.below(256))))),
  );
  expect(await daemon.request('status', {})).toMatchObject({ running: true, pid: record.pid });
});

test('whoever says nothing is let go', async () => {
  expect(await answerTo('')).toBe('');
}, 20_000);

test.each([
  ['nonsense', {}],
  ['__proto__', {}],
  ['submit', { recipeText: 1 }],
  ['submit', { recipeText: 'a', recipePath: 'relative', name: 'n', output: '/o', method: 'm', model: 'm' }],
  ['cancel', { run: '../..' }],
  ['cancel', { run: '/a\0b' }],
  ['watch', { run: '/nowhere', from: -1 }],
  ['watch', { run: '/nowhere', from: 0 }],
  ['resume', { run: '/etc' }],
  ['adopt', []],
])('the request %s with %j is refused with a reason', async (method, params) => {
  await expect(daemon.request(method as 'status', params as never)).rejects.toMatchObject({ name: 'RankwiseError' });
});

test('an older client than the protocol allows is told to update', async () => {
  const greeting = greet(await dial(), { token: record.token, protocol: 0, version: '0.0.1' }, 5000);
  await expect(greeting).rejects.toMatchObject({ code: 'protocol-mismatch', hint: expect.stringContaining('Reload') });
});

test.runIf(process.getuid?.() !== 0)('a record that cannot be read means no daemon', async () => {
  chmodSync(openPlaces(rig.env).record, 0);
  await expect(rig.connect({ spawn: false })).rejects.toMatchObject({ code: 'daemon-not-running' });
  chmodSync(openPlaces(rig.env).record, 0o600);
});
