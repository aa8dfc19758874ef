/** The cache of decompositions: what names an entry, what damage does, and that it never fails a call. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'; // biome-ignore format: a list
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { RankwiseError } from '../../../server/base/errors.ts';
import { Random } from '../../../server/base/random.ts';
import { type FactorsOptions, openFactors } from '../../../server/factors/index.ts';
import type { StoredMatrix } from '../../../server/factors/types.ts';
import { decompose, jacobi } from './jacobi.ts';

const root = mkdtempSync(path.join(tmpdir(), 'rankwise-factors-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let home: string;
let linalg = jacobi();
let warnings: string[];
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
  linalg = jacobi();
  warnings = [];
});

let starts = 0;
function open(more: FactorsOptions = {}) {
  const engine = {
    start: async () => {
      starts++;
      return linalg;
    },
    version: () => linalg.version,
  };
  return openFactors({ home, engine, onWarning: ({ code }) => warnings.push(code), ...more });
}

function matrix(rows: number, columns: number, seed = 1): StoredMatrix {
  const random = Random.seeded(seed, 'matrix');
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, () => random.normal()) };
}

const entries = () => readdirSync(path.join(home, 'factors')).filter((name) => name.endsWith('.factors'));
const entry = () => path.join(home, 'factors', entries()[0]!);

test('a second process finds everything, bit for bit, and starts no kernel', async () => {
  const w = matrix(6, 4);
  const first = open();
  const [values, svd, top] = [await first.singularValues(w), await first.svd(w), await first.truncatedSvd(w, 2)];
  expect([values.cached, svd.cached, top.cached, first.kernel]).toEqual([false, false, false, 'wasm']);
  starts = 0;
  const second = open();
  expect(await second.singularValues(w)).toEqual({ ...values, cached: true, seconds: expect.any(Number) });
  expect(await second.svd(w)).toEqual({ ...svd, cached: true, seconds: expect.any(Number) });
  expect(await second.truncatedSvd(w, 2)).toEqual({ ...top, cached: true, seconds: expect.any(Number) });
  expect([starts, second.kernel]).toEqual([0, undefined]);
});

test('the residual says what the values miss of the norm', async () => {
  const w = { rows: 1, columns: 2, data: Float32Array.of(3, 4) };
  expect((await open().singularValues(w)).residual).toBeLessThan(1e-7);
  linalg.singularValues = async () => Float32Array.of(4);
  expect((await open({ home: path.join(home, 'other') }).singularValues(w)).residual).toBeCloseTo(0.2, 6);
  expect((await open().singularValues({ rows: 2, columns: 1, data: new Float32Array(2) })).residual).toBe(0);
});

test('bytes, dtype, shape, operation, parameters and kernel each name another entry', async () => {
  const w = matrix(4, 3);
  const bytes = new Uint8Array(w.data.buffer);
  const ask = (version: string, run: (factors: ReturnType<typeof open>) => Promise<{ cached: boolean }>) => {
    linalg = jacobi(version);
    return run(open());
  };
  const calls: [string, (factors: ReturnType<typeof open>) => Promise<{ cached: boolean }>][] = [
    ['1', (f) => f.singularValues(w)],
    ['1', (f) => f.singularValues({ ...w, rows: 3, columns: 4 })],
    ['1', (f) => f.singularValues({ ...w, stored: { dtype: 'BF16', bytes } })],
    ['1', (f) => f.singularValues(matrix(4, 3, 2))],
    ['2', (f) => f.singularValues(w)],
    ['1', (f) => f.svd(w)],
    ['1', (f) => f.truncatedSvd(w, 2)],
    ['1', (f) => f.truncatedSvd(w, 1)],
    ['1', (f) => f.truncatedSvd(w, 2, { seed: 1 })],
  ];
  for (const [version, call] of calls) expect((await ask(version, call)).cached).toBe(false);
  for (const [version, call] of calls) expect((await ask(version, call)).cached).toBe(true);
  // Float32 is what a matrix without a stored form is.
  expect((await ask('1', (f) => f.singularValues({ ...w, stored: { dtype: 'F32', bytes } }))).cached).toBe(true);
});

test.each([
  [
    'a flipped bit',
    (file: string) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 3]! ^= 1;
      writeFileSync(file, bytes);
    },
  ],
  ['a cut', (file: string) => truncateSync(file, statSync(file).size - 4)],
  ['nothing in it', (file: string) => writeFileSync(file, '')],
  [
    'another entry under its name',
    (file: string) => {
      const other = readdirSync(path.dirname(file)).find((name) => name !== path.basename(file))!;
      writeFileSync(file, readFileSync(path.join(path.dirname(file), other)));
    },
  ],
])('an entry with %s is refused, told, and computed again', async (_, damage) => {
  // biome-ignore format: a table
  const w = matrix(5, 5);
  const { values } = await open().singularValues(w);
  const file = entry();
  await open().singularValues(matrix(5, 5, 2));
  damage(file);
  const again = await open().singularValues(w);
  expect([again.cached, again.values, warnings]).toEqual([false, values, ['factors-damaged']]);
  expect((await open().singularValues(w)).cached).toBe(true);
});

test('equal calls at once compute once', async () => {
  const factors = open();
  const all = await Promise.all([1, 2, 3].map(() => factors.singularValues(matrix(6, 6))));
  expect(linalg.calls).toEqual(['values']);
  expect(all.map(({ cached }) => cached).sort()).toEqual([false, true, true]);
  expect(all[1]!.values).toEqual(decompose(matrix(6, 6)).s);
});

test('a call that is given up ends no other one', async () => {
  const factors = open();
  const stop = new AbortController();
  let computed = 0;
  linalg.singularValues = (w, { signal } = {}) =>
    new Promise((resolve, reject) => {
      computed++;
      signal?.addEventListener('abort', () => reject(aborted()));
      if (computed > 1) resolve(decompose(w).s);
    });
  const given = factors.singularValues(matrix(3, 3), { signal: stop.signal });
  const kept = factors.singularValues(matrix(3, 3));
  setTimeout(() => stop.abort(), 20);
  await expect(given).rejects.toMatchObject({ code: 'aborted' });
  expect((await kept).values).toEqual(decompose(matrix(3, 3)).s);
});

test('what does not fit the limit goes, least recently used first', async () => {
  const size = async () => {
    await open().singularValues(matrix(64, 64, 0));
    return statSync(entry()).size;
  };
  const one = await size();
  rmSync(path.join(home, 'factors'), { recursive: true });
  const limited = () => open({ limitBytes: 4.5 * one });
  for (const seed of [1, 2, 3, 4]) {
    await limited().singularValues(matrix(64, 64, seed));
    for (const name of entries()) age(name, 60);
  }
  expect((await limited().singularValues(matrix(64, 64, 1))).cached).toBe(true); // used again
  await limited().singularValues(matrix(64, 64, 5));
  expect(entries().length).toBeLessThanOrEqual(4);
  expect((await limited().singularValues(matrix(64, 64, 1))).cached).toBe(true);
  expect((await limited().singularValues(matrix(64, 64, 5))).cached).toBe(true);
  expect((await limited().singularValues(matrix(64, 64, 2))).cached).toBe(false);
  await open({ limitBytes: one - 1 }).singularValues(matrix(64, 64, 9));
  expect(warnings).toEqual(['factors-too-large']);
  expect((await open().singularValues(matrix(64, 64, 9))).cached).toBe(false);
});

/** Makes a file look unused for so many seconds longer. */
function age(name: string, seconds: number): void {
  const file = path.join(home, 'factors', name);
  const then = new Date(statSync(file).mtimeMs - 1000 * seconds);
  utimesSync(file, then, then);
}

test('what killed processes left is swept after a day, not before', async () => {
  mkdirSync(path.join(home, 'factors'));
  for (const name of ['old.tmp', 'new.tmp']) writeFileSync(path.join(home, 'factors', name), 'half');
  age('old.tmp', 25 * 3600);
  await open().singularValues(matrix(2, 2));
  expect(readdirSync(path.join(home, 'factors')).filter((name) => name.endsWith('.tmp'))).toEqual(['new.tmp']);
});

test('a home that cannot be written is a warning, once, and no error', async () => {
  writeFileSync(path.join(home, 'factors'), 'a file where the folder would be');
  const factors = open();
  for (const seed of [1, 2]) expect((await factors.singularValues(matrix(3, 3, seed))).cached).toBe(false);
  expect(warnings.filter((code) => code === 'factors-not-kept')).toHaveLength(1);
});

test('without a home nothing is kept', async () => {
  const w = matrix(3, 3);
  const factors = openFactors({ engine: { start: async () => linalg, version: () => '1' } });
  for (const _ of [1, 2]) expect((await factors.singularValues(w)).cached).toBe(false);
  expect(linalg.calls).toHaveLength(2);
});

test('a fault of the matrix is the call’s, and is not kept', async () => {
  const w = { rows: 1, columns: 1, data: Float32Array.of(Number.NaN) };
  for (const _ of [1, 2]) await expect(open().svd(w)).rejects.toMatchObject({ code: 'matrix-not-finite' });
});

const aborted = () => new RankwiseError('aborted', 'Stopped.', { kind: 'runtime' });
