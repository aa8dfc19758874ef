import * as tf from '@tensorflow/tfjs-core';
import { values } from '../reference.ts';

/** Where a case gets its inputs from: made on the spot, or the inputs of a step under recording. */
export interface Makers {
  /** Repeatable values in [−1, 1). */
  t(shape: number[], seed?: number): tf.Tensor;
  positive(shape: number[], seed?: number): tf.Tensor;
  int(shape: number[], seed?: number): tf.Tensor;
}

export const makers = (t: Makers['t']): Makers => ({
  t,
  positive: (shape, seed) => tf.add(tf.abs(t(shape, seed)), 0.1),
  int: (shape, seed) => tf.cast(tf.mul(t(shape, seed), 4), 'int32'),
});

export const eager = makers((shape, seed = 1) => tf.tensor(Float32Array.from(values(shape, seed).data), shape));

/** tfjs's kernels, on tensors large enough for every native kernel to leave tfjs's JavaScript. */
export const kernelCases = ({ t, positive, int }: Makers): Record<string, () => tf.Tensor | tf.Tensor[]> => ({
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
});
