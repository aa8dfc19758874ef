import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { acquireLock } from '../../../server/wire/lock.ts';
import { identityOf } from '../../../server/wire/processes.ts';

let root: string;
let file: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'rw-'));
});
beforeEach(() => {
  file = path.join(root, `lock-${count++}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const take = async () => {
  const acquired = await acquireLock(file);
  if (!('lock' in acquired)) throw new Error(`held by ${acquired.holder.pid}`);
  return acquired.lock;
};

test('a second taker learns who holds it, until it is released', async () => {
  const lock = await take();
  expect(await acquireLock(file)).toMatchObject({ holder: { pid: process.pid } });
  lock.release();
  expect(existsSync(file)).toBe(false);
  (await take()).release();
});

test.each([
  ['a dead process', JSON.stringify({ pid: 2 ** 22 - 1 })],
  ['a process whose pid was given out again', JSON.stringify({ pid: process.pid, startTime: 'another boot:1' })],
  ['torn content', '{"pid":'],
])('the lock of %s is replaced', async (_, content) => {
  writeFileSync(file, content);
  const lock = await take();
  expect(await acquireLock(file)).toMatchObject({ holder: identityOf() });
  lock.release();
  expect(readdirSync(root).filter((name) => name.startsWith(path.basename(file)))).toEqual([]);
});

test('of many processes that find a stale lock at once, one gets it', async () => {
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22 - 1 }));
  const script = path.join(root, 'contender.mjs');
  const source = path.resolve('server/wire/lock.ts');
  await build({
    stdin: {
      contents: `import { acquireLock } from ${JSON.stringify(source)};
        process.on('message', async () => process.send('lock' in await acquireLock(${JSON.stringify(file)})));`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  });
  const children = Array.from({ length: 6 }, () => fork(script, { execArgv: [] }));
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('spawn', resolve))));
  const answers = children.map((child) => new Promise<unknown>((resolve) => child.once('message', resolve)));
  for (const child of children) child.send('go');
  const won = (await Promise.all(answers)).filter(Boolean);
  for (const child of children) child.kill();
  expect(won).toHaveLength(1);
});
