import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

const inverseRms = (x: tf.Tensor, eps: number) => tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps));

const forward = defineOp<'x' | 'weight', { eps: number }>({
  name: 'RmsNorm',
  inputs: ['x', 'weight'],
  compose: ({ x, weight }, { eps }) => tf.mul(tf.mul(x, inverseRms(x, eps)), weight),
  gradient: (dy, { x, weight }, { eps }) => ({
    x: () => backward({ x, weight, dy }, { eps })[0]!,
    weight: () => {
      const rows = tf.reshape(tf.mul(dy, tf.mul(x, inverseRms(x, eps))), [-1, weight.size]);
      return tf.sum(rows, 0);
    },
  }),
});

/** With g = dy·weight and s = 1/rms: dx = s·(g − x·s²·mean(g·x)). */
const backward = defineOp<'x' | 'weight' | 'dy', { eps: number }>({
  name: 'RmsNormGrad',
  inputs: ['x', 'weight', 'dy'],
  compose: ({ x, weight, dy }, { eps }) => {
    const s = inverseRms(x, eps);
    const g = tf.mul(dy, weight);
    const projection = tf.mul(tf.mean(tf.mul(g, x), -1, true), tf.square(s));
    return tf.mul(tf.sub(g, tf.mul(x, projection)), s);
  },
});

/**
 * Root-mean-square normalisation over the last axis (Zhang & Sennrich 2019): x / √(mean(x²) + eps) · weight.
 * x: [..., n], weight: [n] -> [..., n].
 */
export const rmsNorm = (x: tf.Tensor, weight: tf.Tensor, eps: number): tf.Tensor => forward({ x, weight }, { eps })[0]!;
