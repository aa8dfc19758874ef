/** What training changed, on updates whose nature is known because they were made so. */
import { expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { binsOf, changeOf } from '../../../server/spectrum/change.ts';
import { decompose } from '../factors/jacobi.ts';

interface Matrix {
  rows: number;
  columns: number;
  data: Float32Array;
}

const random = (rows: number, columns: number, seed: number, scale = 1): Matrix => {
  const draws = Random.seeded(seed, 'm');
  return { rows, columns, data: Float32Array.from({ length: rows * columns }, () => scale * draws.normal()) };
};

/** Σ over j of weight(j)·uⱼ·vⱼᵀ with the singular vectors of W. */
function along(w: Matrix, left: (j: number) => number, right: (j: number) => number, weights: number[]): Matrix {
  const { u, vt } = decompose(w);
  const data = new Float32Array(w.rows * w.columns);
  for (const [j, weight] of weights.entries())
    for (let r = 0; r < w.rows; r++)
      for (let c = 0; c < w.columns; c++)
        data[r * w.columns + c]! += weight * u.data[r * u.columns + left(j)]! * vt.data[right(j) * w.columns + c]!;
  return { ...w, data };
}

const analyse = (w: Matrix, update: Matrix, directions: number) =>
  changeOf(decompose(w), decompose(update), directions);

test('an update that only scales directions of the base lies on the diagonal', async () => {
  const w = random(12, 10, 1);
  const change = await analyse(
    w,
    along(
      w,
      (j) => j,
      (j) => j,
      [3, 2, 1],
    ),
    3,
  );
  expect(change.diagonal).toBeCloseTo(1, 5);
  expect(change.inTop).toBeCloseTo(1, 5);
  // Direction j of the update is direction j of the base: bins are single there.
  for (let j = 0; j < 3; j++)
    for (let i = 0; i < 3; i++) {
      expect(change.left[i * 3 + j]).toBeCloseTo(i === j ? 1 : 0, 5);
      expect(change.right[i * 3 + j]).toBeCloseTo(i === j ? 1 : 0, 5);
    }
  const { s } = decompose(w);
  expect(change.amplification).toBeCloseTo(Math.hypot(3, 2, 1) / Math.hypot(s[0]!, s[1]!, s[2]!), 4);
});

test('an update that turns directions of the base into one another is off the diagonal, and still in the top', async () => {
  const w = random(12, 10, 2);
  const change = await analyse(
    w,
    along(
      w,
      (j) => j,
      (j) => 1 - j,
      [2, 1],
    ),
    2,
  );
  expect(change.diagonal).toBeCloseTo(0, 5);
  expect(change.inTop).toBeCloseTo(1, 5);
});

test('a random update is in the top by chance', async () => {
  let found = 0;
  let chance = 0;
  for (let seed = 0; seed < 6; seed++) {
    const change = await analyse(random(30, 24, 10 + seed), random(30, 24, 50 + seed), 8);
    found += change.inTop / 6;
    chance = change.inTopByChance;
  }
  expect(chance).toBeCloseTo(64 / (30 * 24), 10);
  expect(found).toBeGreaterThan(0.8 * chance);
  expect(found).toBeLessThan(1.25 * chance);
});

test('new directions outside the top are a large amplification', async () => {
  const w = along(
    random(16, 16, 3),
    (j) => j,
    (j) => j,
    Array.from({ length: 16 }, (_, j) => (j < 4 ? 10 : 0.01)),
  );
  const update = along(
    w,
    (j) => 10 + j,
    (j) => 10 + j,
    [1, 0.5],
  );
  const change = await analyse(w, update, 2);
  expect(change.inTop).toBeLessThan(1e-6);
  expect(change.amplification).toBeCloseTo(Math.hypot(1, 0.5) / Math.hypot(0.01, 0.01), 0);
  expect(change.left.slice(0, 4 * 2).every((share) => share < 1e-6)).toBe(true);
});

test('leading triplets that hold the update say the same as all of them', async () => {
  const w = random(20, 14, 4);
  const update = along(
    random(20, 14, 5),
    (j) => j,
    (j) => j,
    [3, 2, 1],
  );
  const all = decompose(update);
  const u = new Float32Array(20 * 3);
  for (let r = 0; r < 20; r++) for (let j = 0; j < 3; j++) u[r * 3 + j] = all.u.data[r * 14 + j]!;
  const leading = {
    u: { rows: 20, columns: 3, data: u },
    s: all.s.slice(0, 3),
    vt: { rows: 3, columns: 14, data: all.vt.data.slice(0, 3 * 14) },
  };
  const [few, many] = [await changeOf(decompose(w), leading, 3), await changeOf(decompose(w), all, 3)];
  for (const key of ['inTop', 'diagonal', 'amplification'] as const) expect(few[key]).toBeCloseTo(many[key], 5);
});

test('a column of shares sums to what lies in the base’s span: all of it where the base spans everything', async () => {
  const [w, update] = [random(9, 6, 6), random(9, 6, 7)];
  const { left, right, bins } = await analyse(w, update, 4);
  for (let j = 0; j < 4; j++) {
    const sum = (shares: Float32Array) => bins.slice(1).reduce((total, _, bin) => total + shares[bin * 4 + j]!, 0);
    expect(sum(right)).toBeCloseTo(1, 5);
    expect(sum(left)).toBeLessThan(0.999); // 6 of 9 dimensions
  }
});

test('no update has no directions, and nothing is divided by zero', async () => {
  const zero = { rows: 4, columns: 3, data: new Float32Array(12) };
  expect(await analyse(random(4, 3, 8), zero, 0)).toMatchObject({ inTop: 0, diagonal: 0, amplification: 0 });
  expect((await analyse(zero, random(4, 3, 9), 3)).amplification).toBe(0);
});

test.each([1, 5, 16, 17, 64, 768, 4096, 8192, 50_000])('%i directions come in at most 64 bins', (k) => {
  const bins = binsOf(k);
  expect([bins[0], bins.at(-1)]).toEqual([0, k]);
  expect(bins.length - 1).toBeLessThanOrEqual(64);
  expect(bins.every((at, i) => i === 0 || at > bins[i - 1]!)).toBe(true);
});

test('a cancel is heard while it counts', async () => {
  const stop = new Error('stop');
  const pause = () => Promise.reject(stop);
  await expect(changeOf(decompose(random(3, 3, 1)), decompose(random(3, 3, 2)), 2, pause)).rejects.toBe(stop);
});
