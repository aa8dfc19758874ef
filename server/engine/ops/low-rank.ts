import * as tf from '@tensorflow/tfjs-core';
import { addLinear, linear } from './linear.ts';

export interface LowRankFactors {
  /** [r, n] */
  A: tf.Tensor;
  /** [m, r] */
  B: tf.Tensor;
  /** A factor per hidden unit, `r` elements of any shape: VeRA's d, AdaLoRA's E, Tied-LoRA's u. */
  hidden?: tf.Tensor;
  /** A matrix between A and B, [r, r]: LoRA-XS. */
  R?: tf.Tensor;
  /** A factor per row of the result, `m` elements of any shape: VeRA's b, Tied-LoRA's v. */
  rows?: tf.Tensor;
}

/** x ⊙ factors, one per column. x: [rows, n], factors: n elements of any shape. */
export const scaleColumns = (x: tf.Tensor, factors: tf.Tensor): tf.Tensor => tf.mul(x, tf.reshape(factors, [1, -1]));

/** diag(factors)·weight, one factor per row. weight: [m, n], factors: m elements of any shape. */
export const scaleRows = (weight: tf.Tensor, factors: tf.Tensor): tf.Tensor =>
  tf.mul(weight, tf.reshape(factors, [-1, 1]));

/**
 * base + scale·x·(diag(rows) B R diag(hidden) A)ᵀ, from right to left: nothing of size m×n comes into being, forwards or backwards.
 * Factors that a method lacks are left out: LoRA, PiSSA and MiLoRA have A, B; LoRA-XS A, R, B; AdaLoRA A, hidden, B;
 * VeRA and Tied-LoRA A, hidden, B, rows. A frozen factor costs no product in the backward pass.
 * base: [rows, m], x: [rows, n] -> [rows, m].
 *
 * `hidden` scales the [rows, r] product rather than A. `rows` scales B rather than the product, of which nothing of size [rows, m]
 * has to be kept for the gradient.
 */
export function lowRank(
  base: tf.Tensor,
  x: tf.Tensor,
  { A, B, hidden, R, rows }: LowRankFactors,
  scale: number,
): tf.Tensor {
  const down = linear(x, A);
  const scaled = hidden === undefined ? down : scaleColumns(down, hidden);
  const middle = R === undefined ? scaled : linear(scaled, R);
  return addLinear(base, middle, rows === undefined ? B : scaleRows(B, rows), scale);
}
