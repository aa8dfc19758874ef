import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernelFile } from '../../../../server/engine/linalg/files.ts';
import { type Linalg, type Matrix, startLinalg } from '../../../../server/engine/linalg/index.ts';
import { fromIdentity, matrix, noise, oracles, quality, worst } from './oracles.ts';

describe.each(['native', 'wasm'] as const)('the %s kernel', (kernel) => {
  let linalg: Linalg;
  beforeAll(async () => {
    linalg = await startLinalg({ kernel, lanes: 2 });
  });
  afterAll(() => linalg.close());

  test.each(oracles.map((oracle) => [oracle.name, oracle] as const))('%s', async (_name, { w, values }) => {
    const limit = 5e-6 * values[0]!;
    expect(worst(await linalg.singularValues(w), values)).toBeLessThanOrEqual(limit);
    const found = await linalg.svd(w);
    expect(worst(found.s, values)).toBeLessThanOrEqual(limit);
    const { residual, orthogonality } = quality(w, found);
    expect(residual).toBeLessThanOrEqual(1e-5);
    expect(orthogonality).toBeLessThanOrEqual(1e-5);
    expect(Math.abs(residual - found.residual)).toBeLessThan(1e-6);
    expect(Math.abs(orthogonality - found.orthogonality)).toBeLessThan(1e-6);
  });

  test('the largest component of each left vector is positive', async () => {
    const next = noise(5);
    const { u } = await linalg.svd(matrix(17, 9, next));
    for (let k = 0; k < 9; k++) {
      const column = Array.from({ length: 17 }, (_, i) => u.data[i * 9 + k]!);
      expect(column.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0)).toBeGreaterThan(0);
    }
  });

  test.each([
    ['a row', 1, 7],
    ['a column', 7, 1],
    ['one value', 1, 1],
    ['tall', 300, 5],
    ['wide', 5, 300],
  ])('%s', async (_name, m, n) => {
    const w = matrix(m, n, noise(m + n));
    const found = await linalg.svd(w);
    expect(found.s.length).toBe(Math.min(m, n));
    expect(quality(w, found).residual).toBeLessThan(2e-6);
    expect(quality(w, found).orthogonality).toBeLessThan(2e-6);
  });

  test('a zero matrix has values 0 and orthonormal vectors', async () => {
    const w = matrix(6, 4, () => 0);
    const found = await linalg.svd(w);
    expect([...found.s]).toEqual([0, 0, 0, 0]);
    expect(found.residual).toBe(0);
    expect(quality(w, found).orthogonality).toBeLessThan(1e-6);
    expect([...(await linalg.truncatedSvd(w, 1)).s]).toEqual([0]);
  });

  test('values alone are those of the full decomposition, whatever the shape is to the width of a band', async () => {
    const next = noise(11);
    const shapes = '31×31 33×33 32×33 33×32 64×65 70×70 97×66 200×97 40×300 33×200 129×40 40×1'.split(' ');
    for (const [m, n] of shapes.map((shape) => shape.split('×').map(Number) as [number, number])) {
      const w = matrix(m, n, next);
      const { s } = await linalg.svd(w);
      expect(worst(await linalg.singularValues(w), s), `${m}×${n}`).toBeLessThan(3e-6 * s[0]!);
    }
  });

  // A QR that takes what is left of such columns for rounding is wrong by a hundredth of them.
  test.each([1e-3, 1e-4, 1e-5])(
    'columns that hardly differ are kept apart: one direction and %f of noise',
    async (share) => {
      const next = noise(13);
      const [m, n] = [2048, 12];
      const [left, right] = [Array.from({ length: m }, next), Array.from({ length: n }, next)];
      const w = matrix(m, n, (i, j) => left[i]! * right[j]! + share * next());
      const { q, r } = await linalg.qr(w);
      expect(quality(w, { u: q, s: new Float32Array(n).fill(1), vt: r }).residual).toBeLessThan(2e-6);
      const { s, residual } = await linalg.svd(w);
      expect(residual).toBeLessThan(2e-6);
      expect(worst(await linalg.singularValues(w), s)).toBeLessThan(2e-6 * s[0]!);
      const { s: leading } = await linalg.truncatedSvd(w, 4);
      expect(worst(leading, s.subarray(0, 4))).toBeLessThan(2e-6 * s[0]!);
    },
  );

  test('values that are nothing are nothing beside the largest', async () => {
    const next = noise(12);
    const some = matrix(120, 90, (i, j) => (i % 2 === 0 || j % 3 === 0 ? 0 : next()));
    const values = await linalg.singularValues(some);
    expect(values[60]).toBeLessThan(1e-6 * values[0]!);
    expect(values[59]).toBeGreaterThan(1e-3 * values[0]!);
  });

  test('entries that are all the same: rounding that goes one way is noticed', async () => {
    const alike = matrix(1500, 40, () => 1);
    const largest = Math.sqrt(1500 * 40);
    expect(worst(await linalg.singularValues(alike), [largest, 0])).toBeLessThan(1e-6 * largest);
  });

  // faer's own order is another one.
  test('values of repeated rows descend, with their vectors', async () => {
    const some = matrix(3, 200, noise(2));
    const w = matrix(200, 200, (i, j) => some.data[(i % 3) * 200 + j]!);
    const found = await linalg.svd(w);
    expect([...found.s]).toEqual([...found.s].sort((a, b) => b - a));
    expect(found.s[2]).toBeGreaterThan(0.1 * found.s[0]!);
    expect(quality(w, found).residual).toBeLessThan(5e-6);
    expect(worst(await linalg.singularValues(w), found.s)).toBeLessThan(3e-6 * found.s[0]!);
    expect((await linalg.truncatedSvd(w, 4)).residual).toBeLessThan(1e-5);
  });

  test('neither huge nor tiny values lose digits', async () => {
    const next = noise(3);
    const usual = matrix(20, 12, next);
    const { s } = await linalg.svd(usual);
    for (const scale of [2 ** 90, 2 ** -90]) {
      const scaled = matrix(20, 12, (i, j) => usual.data[i * 12 + j]! * scale);
      expect([...(await linalg.svd(scaled)).s]).toEqual([...s].map((value) => value * scale));
      expect(
        worst(
          await linalg.singularValues(scaled),
          s.map((x) => x * scale),
        ),
      ).toBeLessThan(3e-6 * s[0]! * scale);
    }
  });

  test('NaN and infinity are an error that says how many and where', async () => {
    const w = matrix(3, 4, (i, j) => (i === 1 && j === 2 ? Number.NaN : i === 2 ? Number.POSITIVE_INFINITY : 1));
    const error = { code: 'matrix-not-finite', message: expect.stringMatching(/^5 values .* row 1, column 2/) };
    await expect(linalg.svd(w)).rejects.toMatchObject(error);
    await expect(linalg.singularValues(w)).rejects.toMatchObject(error);
    await expect(linalg.truncatedSvd(w, 1)).rejects.toMatchObject(error);
    await expect(linalg.qr(w)).rejects.toMatchObject(error);
  });

  test('an empty matrix and a rank above min(m, n) are errors', async () => {
    await expect(linalg.svd(matrix(0, 3, () => 0))).rejects.toMatchObject({ code: 'matrix-empty' });
    await expect(
      linalg.truncatedSvd(
        matrix(3, 5, () => 1),
        4,
      ),
    ).rejects.toMatchObject({ code: 'rank-too-large' });
  });

  test('a truncated SVD is near the best of its rank, and says how near', async () => {
    const w = decaying(200, 320);
    const { s } = await linalg.svd(w);
    const found = await linalg.truncatedSvd(w, 8);
    expect(found).toMatchObject({ rank: 8, oversampling: 48, iterations: 5, seed: 0 });
    expect(worst(found.s, s.subarray(0, 8))).toBeLessThan(1e-5 * s[0]!);
    expect(quality(w, found).residual).toBeCloseTo(found.residual, 5);
    expect(found.residual).toBeLessThan(1.0001 * missing(s, 8));
    expect(found.orthogonality).toBeLessThan(1e-5);
  });

  test.each([
    ['fewer dimensions than asked for', matrix(100, 120, (i, j) => Math.sin(i) * Math.cos(j))],
    ['only its first rows', matrix(100, 120, (i, j) => (i < 3 ? Math.sin(i * 7 + j) : 0))],
    ['equal values', matrix(100, 100, (i, j) => (i === j ? 2 : 0))],
  ])('a truncated SVD of a matrix with %s keeps its promises', async (_name, w) => {
    const found = await linalg.truncatedSvd(w, 6, { oversampling: 12, iterations: 2 });
    expect(found.orthogonality).toBeLessThan(1e-5);
    expect(quality(w, found).residual).toBeCloseTo(found.residual, 5);
    const { s } = await linalg.svd(w);
    expect(worst(found.s, s.subarray(0, 6))).toBeLessThan(1e-5 * s[0]!);
  });

  test('a truncated SVD of tiny or huge values is that of usual ones', async () => {
    const [m, n] = [150, 97];
    const usual = decaying(m, n);
    const { s, residual } = await linalg.truncatedSvd(usual, 5, { oversampling: 20 });
    for (const scale of [2 ** 90, 2 ** -90]) {
      const scaled = matrix(m, n, (i, j) => usual.data[i * n + j]! * scale);
      const found = await linalg.truncatedSvd(scaled, 5, { oversampling: 20 });
      expect(
        worst(
          found.s.map((value) => value / scale),
          s,
        ),
      ).toBeLessThan(1e-5 * s[0]!);
      expect(found.residual).toBeCloseTo(residual, 5);
    }
  });

  test.each([
    ['one thread', 1],
    ['two threads', 2],
  ])('a truncated SVD of wide blocks by %s is near the best of its rank', async (_name, threads) => {
    const w = decaying(331, 250);
    const { s } = await linalg.svd(w);
    const found = await linalg.truncatedSvd(w, 20, { oversampling: 90, iterations: 2, threads });
    expect(quality(w, found).residual).toBeLessThan(1.0001 * missing(s, 20));
    expect(found.orthogonality).toBeLessThan(5e-6);
  });

  test('QR has orthonormal columns, a triangle with a diagonal ≥ 0, and gives the matrix back', async () => {
    for (const [m, n] of [
      [40, 17],
      [17, 40],
      [9, 9],
    ] as const) {
      const w = matrix(m, n, noise(m));
      const { q, r } = await linalg.qr(w);
      const k = Math.min(m, n);
      expect(fromIdentity((i, c) => q.data[i * k + c]!, m, k)).toBeLessThan(2e-6);
      for (let i = 0; i < k; i++) {
        expect(r.data[i * n + i]).toBeGreaterThanOrEqual(0);
        for (let j = 0; j < i; j++) expect(r.data[i * n + j]).toBe(0);
      }
      const again = product(q, r);
      expect(worst(again.data, w.data)).toBeLessThan(3e-6);
    }
  });

  test('the same matrix gives the same bits, whatever runs beside it', async () => {
    const w = decaying(120, 90);
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => linalg.svd(w)));
    for (const other of others) expect(other).toEqual(first);
    const seeds = await Promise.all([7, 7, 8].map((seed) => linalg.truncatedSvd(w, 4, { oversampling: 8, seed })));
    expect(seeds[1]).toEqual(seeds[0]);
    expect(seeds[2]!.u).not.toEqual(seeds[0]!.u);
  });

  test('a call ends soon after its signal, and the lanes go on', async () => {
    const controller = new AbortController();
    const long = linalg.svd(matrix(900, 900, noise(2)), { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(long).rejects.toMatchObject({ code: 'aborted' });
    expect([...(await linalg.singularValues(matrix(2, 2, (i, j) => (i === j ? 3 : 0))))]).toEqual([3, 3]);
  });
});

test('closing ends what is under way', async () => {
  const linalg = await startLinalg({ lanes: 1 });
  const w = matrix(700, 700, noise(4));
  const calls = Promise.allSettled([1, 2, 3].map(() => linalg.svd(w)));
  await linalg.close();
  for (const call of await calls) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
});

test('this platform has its native kernel', () => {
  expect(kernelFile('native.node')).toMatch(/native\.node$/);
});

/** σᵢ falls like a power, in random directions. */
function decaying(m: number, n: number): Matrix {
  const next = noise(m * n);
  const left = matrix(m, 40, next);
  const right = matrix(40, n, (i) => next() * (i + 1) ** -1.5);
  const sum = product(left, right);
  return matrix(m, n, (i, j) => sum.data[i * n + j]! + 1e-3 * next());
}

function product(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows, b.columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k]! * b.data[k * b.columns + j]!;
    return sum;
  });
}

const missing = (s: Float32Array, rank: number) => {
  const squares = [...s].map((x) => x * x);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return Math.sqrt(sum(squares.slice(rank)) / sum(squares));
};
