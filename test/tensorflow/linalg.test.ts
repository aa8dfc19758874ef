import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { startLinalg } from '../../server/engine/linalg/index.ts';
import { qr, singularValues, svd } from '../../server/engine/tensorflow/linalg.ts';
import { oracles, quality, worst } from '../unit/engine/linalg/oracles.ts';
import { values } from '../unit/engine/reference.ts';
import { largestDifference } from '../unit/models/tiny.ts';

const matrix = (shape: number[]) => tf.tensor(Float32Array.from(values(shape, 5).data), shape);
const identity = (...shape: number[]) => tf.broadcastTo(tf.eye(shape.at(-1)!), shape);
const apart = (a: tf.Tensor, b: tf.Tensor) => largestDifference(a.dataSync(), b.dataSync());
const squared = (q: tf.Tensor) => tf.matMul(q, q, true, false);

describe.each([
  ['tall', [60, 25]],
  ['wide', [25, 60]],
  ['a batch', [3, 12, 7]],
])('%s', (_, shape) => {
  const batch = shape.slice(0, -2);
  const k = Math.min(...shape.slice(-2));

  test('svd: U·diag(s)·Vᵀ is the matrix, the factors are orthogonal, the values descend', () => {
    tf.tidy(() => {
      const x = matrix(shape);
      const { s, u, v } = svd(x);
      expect([s.shape, u.shape, v.shape]).toEqual([
        [...batch, k],
        [...batch, shape.at(-2), k],
        [...batch, shape.at(-1), k],
      ]);
      const product = tf.matMul(tf.mul(u, tf.expandDims(s, -2)), v, false, true);
      expect(apart(product, x)).toBeLessThan(1e-5);
      for (const factor of [u, v]) expect(apart(squared(factor), identity(...batch, k, k))).toBeLessThan(1e-5);
      const rows = tf.reshape(s, [-1, k]).arraySync() as number[][];
      for (const row of rows) expect(row).toEqual(row.toSorted((a, b) => b - a));
      expect(apart(singularValues(x), s)).toBeLessThan(1e-5 * rows[0]![0]!);
    });
  });

  test('qr: Q·R is the matrix, Q is orthogonal, R is upper triangular', () => {
    tf.tidy(() => {
      const x = matrix(shape);
      const { q, r } = qr(x);
      expect(apart(tf.matMul(q, r), x)).toBeLessThan(1e-5);
      expect(apart(squared(q), identity(...batch, k, k))).toBeLessThan(1e-5);
      expect(apart(tf.linalg.bandPart(r, 0, -1), r)).toBe(0);
    });
  });
});

test('nothing is left behind', () => {
  const x = matrix([6, 4]);
  const before = tf.memory().numTensors;
  tf.dispose([svd(x), singularValues(x), qr(x)]);
  expect(tf.memory().numTensors).toBe(before);
  x.dispose();
});

describe('as the linear algebra of a job', () => {
  test('the SVD is that of the reference, with our signs and its quality measured', async () => {
    const [own, other] = await Promise.all([startLinalg(), startLinalg({ kernel: 'tensorflow' })]);
    for (const { w, values } of oracles.filter(({ name }) => /^(gauss|powerlaw|hilbert|zero_12)/.test(name))) {
      const found = await other.svd(w);
      expect(worst(found.s, values)).toBeLessThanOrEqual(5e-6 * values[0]!);
      expect(worst(await other.singularValues(w), values)).toBeLessThanOrEqual(5e-6 * values[0]!);
      expect(found.residual).toBeLessThanOrEqual(1e-5);
      expect(found.orthogonality).toBeLessThanOrEqual(1e-5);
      expect(quality(w, found).residual).toBeCloseTo(found.residual, 6);
    }
    const w = oracles.find(({ name }) => name === 'gauss_96x64')!.w;
    // Well separated values: the vectors themselves agree.
    expect(worst((await other.svd(w)).u.data.subarray(0, 64), (await own.svd(w)).u.data.subarray(0, 64))).toBeLessThan(
      1e-3,
    );
    const [{ q, r }, wanted] = await Promise.all([other.qr(w), own.qr(w)]);
    expect(worst(q.data, wanted.q.data)).toBeLessThan(1e-5);
    expect(worst(r.data, wanted.r.data)).toBeLessThan(1e-4);
    await expect(other.svd({ ...w, data: w.data.map(() => Number.NaN) })).rejects.toMatchObject({
      code: 'matrix-not-finite',
    });
  });
});
