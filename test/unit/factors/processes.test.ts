/** The cache among processes: several that write the same at once, and one that is killed while it writes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FactorStore } from '../../../server/factors/store.ts';

const root = mkdtempSync(path.join(tmpdir(), 'rankwise-writers-'));
const script = path.join(root, 'writers.mjs');
let home: string;

beforeAll(async () => {
  const entry = path.join(import.meta.dirname, 'writers.ts');
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
});
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const folder = () => path.join(home, 'factors');
const start = (mode: 'slow' | 'half') => fork(script, [home, mode], { execArgv: [] });
const last = async (child: ReturnType<typeof start>) => {
  let message: unknown;
  child.on('message', (next) => {
    message = next;
  });
  await once(child, 'exit');
  return message as { warnings: string[]; computed: number };
};

/** Reads every entry as a process that comes later; damage would be told. */
async function usable(): Promise<{ entries: number; faults: string[] }> {
  const faults: string[] = [];
  const store = new FactorStore(folder(), 2 ** 40, ({ code }) => faults.push(code));
  const keys = readdirSync(folder()).flatMap((name) => /^(\w+)\.factors$/.exec(name)?.[1] ?? []);
  const shapes = { u: [24, 24], s: [24], vt: [24, 24] };
  for (const key of keys) expect(await store.read(key, shapes)).toBeDefined();
  return { entries: keys.length, faults };
}

const left = () => readdirSync(folder()).filter((name) => name.endsWith('.tmp'));

test('processes that fill it at once leave every entry whole', async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, () => last(start('slow'))));
  for (const answer of answers) expect(answer.warnings).toEqual([]);
  expect(await usable()).toEqual({ entries: 6, faults: [] });
  expect(left()).toEqual([]);
  // One that comes later computes nothing.
  expect((await last(start('slow'))).computed).toBe(0);
});

test('a process that is killed in the middle of a write leaves a cache that can be used', async () => {
  const child = start('half');
  await once(child, 'message');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await usable()).toEqual({ entries: 2, faults: [] });
  expect(left()).toHaveLength(1);
  expect((await last(start('slow'))).computed).toBe(4);
});
