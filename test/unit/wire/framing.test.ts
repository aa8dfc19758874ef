import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { BoundedReader } from '../../../server/wire/framing.ts';

const open: (Socket | Server)[] = [];
afterEach(() => {
  for (const each of open.splice(0)) 'destroy' in each ? each.destroy() : each.close();
});

/** A reader with a limit of 100 bytes, and the socket that writes to it. */
async function pair() {
  const server = createServer();
  const address = path.join(tmpdir(), `rw-framing-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
  server.listen(address);
  await once(server, 'listening');
  const writer = createConnection(address);
  const [socket] = (await once(server, 'connection')) as [Socket];
  open.push(writer, socket, server);
  const reader = new BoundedReader(socket, 100);
  const messages: unknown[] = [];
  const errors: string[] = [];
  reader.onError((error) => errors.push(error.message));
  reader.listen((message) => messages.push(message));
  return { writer, messages, errors, closed: once(socket, 'close') };
}

const frame = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
const message = { jsonrpc: '2.0', method: 'ü', id: 1 };

test('messages are read however they are cut up', async () => {
  const { writer, messages } = await pair();
  const bytes = Buffer.from(frame(JSON.stringify(message)).repeat(3));
  for (let at = 0; at < bytes.length; at += 7) {
    writer.write(bytes.subarray(at, at + 7));
    await new Promise((resolve) => setImmediate(resolve));
  }
  writer.end();
  await expect.poll(() => messages).toEqual([message, message, message]);
});

test.each([
  ['a length above the limit', 'Content-Length: 1000000000000\r\n\r\n', /exceeds the limit/],
  ['no length', 'Hello: world\r\n\r\n', /no Content-Length/],
  ['an endless header', 'x'.repeat(5000), /header is too long/],
  ['a body that is not JSON', frame('{]'), /JSON/],
  ['a body that is no request', frame('[1, 2]'), /not a JSON-RPC/],
  ['null', frame('null'), /not a JSON-RPC/],
])('%s ends the connection', async (_, text, expected) => {
  const { writer, messages, errors, closed } = await pair();
  writer.write(text);
  await closed;
  expect(messages).toEqual([]);
  expect(errors).toEqual([expect.stringMatching(expected)]);
});
