import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { OnnxRuntimeBackend } from '../../../server/engine/onnxruntime/backend.ts';
import { useBackend } from './backends.ts';
import { values } from './reference.ts';

/** Large enough for every kernel to leave tfjs's JavaScript. */
const t = (shape: number[], seed = 1) => tf.tensor(Float32Array.from(values(shape, seed).data), shape);
const positive = (shape: number[], seed = 1) => tf.add(tf.abs(t(shape, seed)), 0.1);
const int = (shape: number[], seed = 1) => tf.cast(tf.mul(t(shape, seed), 4), 'int32');

const CASES: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  'add, same shape': () => tf.add(t([8, 16, 32]), t([8, 16, 32], 2)),
  'add, last axis stretched': () => tf.add(t([8, 16, 32]), t([8, 16, 1], 2)),
  'add, first axes stretched': () => tf.add(t([32], 2), t([8, 16, 32])),
  'add, middle axis stretched': () => tf.add(t([8, 16, 32]), t([8, 1, 32], 2)),
  'add, both stretched': () => tf.add(t([64, 1]), t([1, 32], 2)),
  'sub, scalar': () => tf.sub(1, t([64, 32])),
  'mul, a constant tensor': () => tf.mul(t([64, 32]), tf.fill([64, 32], 3)),
  'mul, a constant that stretches the result': () => tf.mul(t([32]), tf.fill([64, 32], 3)),
  'mul, by one': () => tf.mul(t([64, 32]), tf.onesLike(t([64, 32]))),
  'mul, two constants': () => tf.mul(tf.fill([64, 32], 3), tf.fill([64, 32], 2)),
  div: () => tf.div(t([64, 32]), positive([64, 32], 2)),
  maximum: () => tf.maximum(t([64, 32]), t([64, 32], 2)),
  minimum: () => tf.minimum(t([64, 32]), 0.1),
  pow: () => tf.pow(positive([64, 32]), 1.5),
  squaredDifference: () => tf.squaredDifference(t([64, 32]), t([32], 2)),
  abs: () => tf.abs(t([64, 32])),
  cos: () => tf.cos(t([64, 32])),
  erf: () => tf.erf(t([64, 32])),
  exp: () => tf.exp(t([64, 32])),
  log: () => tf.log(positive([64, 32])),
  neg: () => tf.neg(t([64, 32])),
  reciprocal: () => tf.reciprocal(positive([64, 32])),
  relu: () => tf.relu(t([64, 32])),
  rsqrt: () => tf.rsqrt(positive([64, 32])),
  sigmoid: () => tf.sigmoid(t([64, 32])),
  sin: () => tf.sin(t([64, 32])),
  softplus: () => tf.softplus(t([64, 32])),
  sqrt: () => tf.sqrt(positive([64, 32])),
  square: () => tf.square(t([64, 32])),
  tanh: () => tf.tanh(t([64, 32])),
  'sum of everything': () => tf.sum(t([8, 16, 32])),
  'sum, first axis': () => tf.sum(t([64, 32]), 0),
  'sum, outer axes': () => tf.sum(t([8, 16, 32]), [0, 2]),
  'mean, last axis kept': () => tf.mean(t([8, 16, 32]), -1, true),
  'max, middle axis': () => tf.max(t([8, 16, 32]), 1),
  'min, axes of size 1': () => tf.min(t([8, 1, 256]), [0, 1]),
  softmax: () => tf.softmax(t([8, 16, 32])),
  logSoftmax: () => tf.logSoftmax(t([64, 32])),
  'matMul, transposed': () => tf.matMul(t([32, 40]) as tf.Tensor2D, t([48, 32], 2) as tf.Tensor2D, true, true),
  'matMul, batches': () => tf.matMul(t([4, 3, 8, 16]), t([4, 3, 20, 16], 2), false, true),
  'matMul, one batch stretched': () => tf.matMul(t([6, 8, 16]), t([1, 16, 20], 2)),
  'transpose, two axes': () => tf.transpose(t([64, 32])),
  'transpose, heads': () => tf.transpose(t([4, 16, 4, 8]), [0, 2, 1, 3]),
  'transpose, axes of size 1 moved': () => tf.transpose(t([1, 64, 32]), [1, 0, 2]),
  'slice, rows': () => tf.slice(t([64, 32]), [3, 0], [40, 32]),
  'slice, columns': () => tf.slice(t([64, 32]), [0, 5], [64, 20]),
  'slice, tiny': () => tf.slice(t([4, 4]), [1, 1], [2, 2]),
  split: () => tf.split(t([8, 16, 32]), [10, 22], -1),
  'concat, last axis': () => tf.concat([t([8, 16, 32]), t([8, 16, 5], 2), t([8, 16, 1], 3)], -1),
  'concat, first axis': () => tf.concat([t([30, 32]), t([20, 32], 2)], 0),
  'concat, with nothing': () => tf.concat([t([64, 32]), tf.zeros([0, 32])], 0),
  tile: () => tf.tile(t([16, 8]), [3, 4]),
  broadcastTo: () => tf.broadcastTo(t([16, 1, 8]), [16, 12, 8]),
  pad: () =>
    tf.pad(
      t([64, 30]),
      [
        [0, 0],
        [1, 2],
      ],
      7,
    ),
  'gather, rows': () => tf.gather(t([50, 64]), tf.tensor2d([3, 3, 49, 0], [2, 2], 'int32')),
  'gather, columns': () => tf.gather(t([50, 64]), tf.tensor1d([3, 3, 49], 'int32'), 1),
  unsortedSegmentSum: () => tf.unsortedSegmentSum(t([4, 512]), tf.tensor1d([2, 0, 2, -1], 'int32'), 3),
  'comparisons of floats': () => [
    tf.greater(t([64, 32]), t([64, 32], 2)),
    tf.lessEqual(t([64, 32]), 0),
    tf.less(t([64, 32]), t([32], 2)),
  ],
  'comparisons of integers': () => [
    tf.equal(int([64, 32]), int([64, 32], 2)),
    tf.notEqual(int([64, 32]), int([32], 2)),
    tf.greaterEqual(int([64, 32]), 1),
  ],
  logic: () => {
    const [a, b] = [tf.greater(t([64, 32]), 0), tf.greater(t([64, 32], 2), 0)];
    return [tf.logicalAnd(a, b), tf.logicalOr(a, b), tf.logicalNot(a)];
  },
  where: () => tf.where(tf.greater(t([64, 32]), 0), t([64, 32], 2), t([64, 32], 3)),
  casts: () => [
    tf.mul(tf.cast(int([64, 32]), 'float32'), 0.5),
    tf.mul(tf.cast(tf.greater(t([64, 32]), 0), 'float32'), 2),
    tf.cast(tf.mul(t([64, 32]), 9), 'int32'),
  ],
  'a product of cast integers': () =>
    tf.matMul(tf.cast(int([32, 32]), 'float32') as tf.Tensor2D, t([32, 32]) as tf.Tensor2D),
};

describe('kernels of the onnxruntime backend', () => {
  beforeAll(() => useBackend('onnxruntime'));

  test.each(Object.entries(CASES))('%s as on the CPU backend', async (_, make) => {
    const outcome: Record<string, { shape: number[]; dtype: string; data: Float32Array | Int32Array | Uint8Array }[]> =
      {};
    for (const backend of ['cpu', 'onnxruntime']) {
      await tf.setBackend(backend);
      outcome[backend] = tf.tidy(() =>
        [make()].flat().map((x) => ({ shape: x.shape, dtype: x.dtype, data: x.dataSync() })),
      );
    }
    outcome.onnxruntime!.forEach((actual, i) => {
      const expected = outcome.cpu![i]!;
      expect(actual.shape).toEqual(expected.shape);
      expect(actual.dtype).toBe(expected.dtype);
      expected.data.forEach((value, j) => {
        const tolerance = 5e-6 * Math.max(1, Math.abs(value));
        expect(Math.abs(actual.data[j]! - value), `[${j}]`).toBeLessThan(tolerance);
      });
    });
  });

  test('a slice outlives the tensor that it was cut from', () => {
    const large = tf.add(t([64, 32]), 0);
    const part = tf.slice(large, [1, 0], [1, 32]);
    const expected = Array.from(large.dataSync().slice(32, 64));
    large.dispose();
    const reuse = tf.fill([64, 32], 5);
    tf.dispose([tf.add(reuse, reuse), reuse]);
    expect(Array.from(part.dataSync())).toEqual(expected);
    part.dispose();
  });

  test('values given to the caller stay as they are when the buffer is used again', () => {
    const first = tf.exp(t([64, 32]));
    const data = first.dataSync();
    const copy = Array.from(data);
    first.dispose();
    tf.neg(t([64, 32])).dispose();
    expect(Array.from(data)).toEqual(copy);
  });

  test('a token id outside of the table is a typed error', () => {
    const table = t([5, 512]);
    expect(() => tf.gather(table, tf.tensor1d([1, 5], 'int32'))).toThrow(
      expect.objectContaining({ code: 'index-out-of-range' }),
    );
    table.dispose();
  });

  test('constants take no memory until they are read', () => {
    const backend = tf.backend() as OnnxRuntimeBackend;
    expect(backend).toBeInstanceOf(OnnxRuntimeBackend);
    const ones = tf.fill([1024, 1024], 1);
    expect(backend.constantOf(ones)).toBe(1);
    expect(ones.dataSync()[7]).toBe(1);
    ones.dispose();
  });
});
