import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

/** Zero mean and unit variance along the last axis, and the factor that made it so. */
function standardise(x: tf.Tensor, eps: number): { normal: tf.Tensor; scale: tf.Tensor } {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
  return { normal: tf.mul(centred, scale), scale };
}

const columnSums = (x: tf.Tensor) => tf.sum(tf.reshape(x, [-1, x.shape.at(-1)!]), 0);

const forward = defineOp<'x' | 'weight' | 'bias', { eps: number }>({
  name: 'LayerNorm',
  inputs: ['x', 'weight', 'bias'],
  compose: ({ x, weight, bias }, { eps }) => tf.add(tf.mul(standardise(x, eps).normal, weight), bias),
  gradient: (dy, { x, weight }, { eps }) => ({
    x: () => backward({ x, weight, dy }, { eps })[0]!,
    weight: () => columnSums(tf.mul(dy, standardise(x, eps).normal)),
    bias: () => columnSums(dy),
  }),
});

/** With g = dy·weight and x̂ the standardised x: dx = scale·(g − mean(g) − x̂·mean(g·x̂)). */
const backward = defineOp<'x' | 'weight' | 'dy', { eps: number }>({
  name: 'LayerNormGrad',
  inputs: ['x', 'weight', 'dy'],
  compose: ({ x, weight, dy }, { eps }) => {
    const { normal, scale } = standardise(x, eps);
    const g = tf.mul(dy, weight);
    const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true));
    return tf.mul(tf.sub(tf.sub(g, tf.mean(g, -1, true)), along), scale);
  },
});

/**
 * Layer normalisation over the last axis (Ba, Kiros & Hinton 2016), biased variance as in PyTorch.
 * x: [..., n], weight and bias: [n] -> [..., n].
 */
export const layerNorm = (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, eps: number): tf.Tensor =>
  forward({ x, weight, bias }, { eps })[0]!;
