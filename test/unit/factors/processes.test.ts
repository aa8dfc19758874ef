/** The cache among processes: several that write the same at once, and one that is killed while it writes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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
    logLevel: 'error',
  });
});
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const folder = () => path.join(home, 'factors');
const start = (...more: string[]) => fork(script, [home, ...more], { execArgv: [] });
const last = async (child: ReturnType<typeof start>) => {
  let message: unknown;
  child.on('message', (next) => {
    message = next;
  });
  await once(child, 'exit');
  return message as { warnings: string[]; computed: number };
};

/** Reads every entry as a process that comes later; damage would be told. */
async function usable(side: number): Promise<{ entries: number; faults: string[] }> {
  const faults: string[] = [];
  const store = new FactorStore(folder(), 2 ** 40, ({ code }) => faults.push(code));
  const keys = readdirSync(folder()).flatMap((name) => /^(\w+)\.factors$/.exec(name)?.[1] ?? []);
  const shapes = { u: [side, side], s: [side], vt: [side, side] };
  for (const key of keys) expect(await store.read(key, shapes)).toBeDefined();
  return { entries: keys.length, faults };
}

test('processes that fill it at once leave every entry whole', async () => {
  const answers = await Promise.all(Array.from({ length: 4 }, () => last(start())));
  for (const answer of answers) expect(answer.warnings).toEqual([]);
  expect(await usable(24)).toEqual({ entries: 12, faults: [] });
  expect(readdirSync(folder()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  // One that comes later computes nothing.
  expect((await last(start())).computed).toBe(0);
});

test('a process that is killed while it writes leaves a cache that can be used', async () => {
  for (let round = 0; round < 5; round++) {
    const child = start('endless');
    let kept = 0;
    const writing = new Promise<void>((resolve) => {
      child.on('message', (message) => {
        if (message === 'kept' && ++kept >= 2 + round) resolve();
      });
    });
    await writing;
    // Somewhere in the next write.
    await new Promise((resolve) => setTimeout(resolve, round));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const { entries, faults } = await usable(512);
  expect(entries).toBeGreaterThanOrEqual(2);
  expect(faults).toEqual([]);
  for (const name of readdirSync(folder())) expect(statSync(path.join(folder(), name)).isFile()).toBe(true);
});
