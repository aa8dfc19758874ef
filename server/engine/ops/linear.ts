import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface ProductAttrs {
  transposeA: boolean;
  transposeB: boolean;
  scale: number;
}

const product = defineOp<'a' | 'b', ProductAttrs>({
  name: 'ScaledMatMul',
  inputs: ['a', 'b'],
  compose: ({ a, b }, { transposeA, transposeB, scale }) => tf.mul(tf.matMul(a, b, transposeA, transposeB), scale),
});

const addProduct = defineOp<'base' | 'x' | 'weight', { scale: number }>({
  name: 'AddLinear',
  inputs: ['base', 'x', 'weight'],
  compose: ({ base, x, weight }, { scale }) => tf.add(base, tf.mul(tf.matMul(x, weight, false, true), scale)),
  gradient: (dy, { x, weight }, { scale }) => ({
    base: () => tf.clone(dy),
    x: () => product({ a: dy, b: weight }, { transposeA: false, transposeB: false, scale })[0]!,
    weight: () => product({ a: dy, b: x }, { transposeA: true, transposeB: false, scale })[0]!,
  }),
});

/**
 * x·Wᵀ, the product of a linear layer without its bias. x: [..., n], weight: [m, n] -> [..., m]. A frozen weight costs no product
 * in the backward pass: tfjs asks for the gradient of what leads to a trainable tensor only.
 */
export function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [m, n] = weight.shape as [number, number];
  const rows = x.rank === 2 ? x : tf.reshape(x, [-1, n]);
  const y = tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D, false, true);
  return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), m]);
}

/** base + scale·x·Wᵀ in one pass: how a low-rank update joins its base product. base: [rows, m], x: [rows, n], weight: [m, n]. */
export const addLinear = (base: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, scale = 1): tf.Tensor =>
  addProduct({ base, x, weight }, { scale })[0]!;

/** scale·a·b of matrices or batches of them; for use inside of ops: it has no gradient. */
export const scaledMatMul = (a: tf.Tensor, b: tf.Tensor, scale: number): tf.Tensor =>
  product({ a, b }, { transposeA: false, transposeB: false, scale })[0]!;
