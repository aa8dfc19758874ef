import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileCache } from '../../../server/language/filecache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'rankwise-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string) => path.join(folder, name);
/** Writes a file that is older than any load, as most are. */
function write(name: string, text: string, seconds = 1000): void {
  writeFileSync(file(name), text);
  utimesSync(file(name), seconds, seconds);
}
/** A cache whose values are the number of loads so far. */
function counting(recheckAfter: number) {
  const seen = { loads: 0, changes: 0 };
  const values = new FileCache<number>(
    async (key) => ({ value: ++seen.loads, files: [file(key)] }),
    () => seen.changes++,
    recheckAfter,
  );
  return { values, seen };
}

test('a value is loaded once and kept while its file stays as it is', async () => {
  write('a', 'x');
  const { values, seen } = counting(0);
  expect(values.get('a')).toBeUndefined();
  expect(await values.settled('a')).toBe(1);
  for (let i = 0; i < 5; i++) {
    values.get('a');
    expect(await values.settled('a')).toBe(1);
  }
  expect(seen).toEqual({ loads: 1, changes: 1 });
});

test.each([
  ['changed', () => write('a', 'longer', 2000)],
  ['removed', () => rmSync(file('a'))],
])('a file in use that is %s is noticed without a watcher', async (_, change) => {
  write('a', 'x');
  const { values, seen } = counting(0);
  await values.settled('a');
  change();
  expect(values.get('a')).toBe(1);
  await expect.poll(() => values.get('a')).toBe(2);
  expect(seen.changes).toBe(2);
});

test('until it is time, a value in use costs no look at the disk', async () => {
  write('a', 'x');
  const { values } = counting(60_000);
  await values.settled('a');
  write('a', 'longer', 2000);
  expect(await values.settled('a')).toBe(1);
  values.recheck();
  expect(await values.settled('a')).toBe(2);
});

test('a file written while it is read is read again', async () => {
  write('a', 'x', Date.now() / 1000 + 60);
  const { values } = counting(0);
  await values.settled('a');
  values.recheck();
  expect(await values.settled('a')).toBe(2);
});

test('half-typed paths do not pile up', async () => {
  const { values } = counting(60_000);
  for (let i = 0; i < 100; i++) await values.settled(`path-${i}`);
  expect(await values.settled('path-99')).toBe(100);
  expect(await values.settled('path-0')).toBe(101);
});
