import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { valueAndGradients } from '../../../server/engine/index.ts';
import * as ops from '../../../server/engine/ops/index.ts';
import { dense, diagonal } from '../../../server/engine/ops/sparse-layouts.ts';
import { formingPays } from '../../../server/engine/ops/spectral.ts';
import { useBackend } from './backends.ts';
import { constant } from './cases/index.ts';
import { values } from './reference.ts';
import { cayley, skew } from './reference-adapters.ts';

beforeAll(() => useBackend('onnxruntime'));

const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('cayley', () => {
  test.each([
    [32, 0.01],
    [32, 1],
    [64, 0.05],
    [64, 1],
  ])('is within 1e-6 of float64 and orthogonal for blocks of %i with elements up to %d', (b, largest) => {
    const drawn = values([2, (b * (b - 1)) / 2], b);
    const upper = { ...drawn, data: drawn.data.map((u) => Math.fround(u * largest)) };
    tf.tidy(() => {
      const R = ops.cayley(ops.skewFromUpper(constant(upper), b));
      expect(worst(R.dataSync(), cayley(skew(upper, b)).data)).toBeLessThan(1e-6);
      const unit = tf.sub(tf.matMul(R, R, false, true), tf.eye(b));
      expect(worst(unit.dataSync(), new Float32Array(2 * b * b))).toBeLessThan(2e-6);
    });
  });

  test('stays bounded where the iterations do not suffice', () => {
    tf.tidy(() => {
      const R = ops.cayley(ops.skewFromUpper(tf.fill([1, 2016], 1e4), 64)).dataSync();
      expect(worst(R, new Float32Array(R.length))).toBeLessThan(1.1);
    });
  });

  test('of no angle leaves x as it is, to the bit', () => {
    tf.tidy(() => {
      const x = constant(values([5, 64], 1));
      for (const R of [ops.cayley(tf.zeros([2, 32, 32])), ops.cayleySeries(tf.zeros([2, 32, 32]))])
        expect(worst(ops.blockRotate(x, R).dataSync(), x.dataSync())).toBe(0);
    });
  });
});

test('the norms of rows are constants to the backward pass', () => {
  tf.tidy(() => {
    const [weight, A, B] = [values([4, 5], 1), values([2, 5], 2), values([4, 2], 3)].map(constant) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const norms = ops.rowNorms(weight, A, B, 1);
    const gradientOfA = (norm: () => tf.Tensor) =>
      valueAndGradients(() => tf.sum(tf.div(tf.sum(A, 1, true), tf.sum(norm()))) as tf.Scalar, {
        A,
      }).gradients.A.dataSync();
    expect(gradientOfA(() => ops.rowNorms(weight, A, B, 1))).toEqual(gradientOfA(() => norms));
  });
});

test('a row whose update cancels it has a norm that one can divide by', () => {
  tf.tidy(() => {
    const [A, B] = [constant(values([2, 5], 2)), constant(values([4, 2], 3))];
    const norms = ops.rowNorms(tf.matMul(B, A), A, B, -1).dataSync();
    for (const norm of norms) expect(norm).toBeGreaterThan(0);
    expect(Math.max(...norms)).toBeLessThan(2e-3);
  });
});

test('svft forms the weight where rows are many and takes x through the factors where they are few or the rank is small', () => {
  expect(formingPays(4096, 512, 512, 512, diagonal(512))).toBe(true);
  expect(formingPays(512, 512, 512, 512, diagonal(512))).toBe(false);
  expect(formingPays(1024, 512, 512, 512, dense(512))).toBe(true);
  expect(formingPays(4096, 512, 512, 64, dense(64))).toBe(false);
});
