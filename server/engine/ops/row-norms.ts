import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

/** The part of the summands' squares below which a row counts as no longer known to float32. */
const ROUNDING = 1e-12;

const norms = defineOp<'weight' | 'A' | 'B', { scale: number }>({
  name: 'RowNorms',
  inputs: ['weight', 'A', 'B'],
  compose: ({ weight, A, B }, { scale }) => {
    const [m, n] = weight.shape as [number, number];
    const rows = tf.reshape(weight, [m, 1, n]);
    // As m products of one row with itself, which needs no m×n array of squares.
    const before = tf.reshape(tf.matMul(rows, rows, false, true), [m]);
    const along = tf.sum(tf.mul(B, tf.matMul(weight, A, false, true)), 1);
    const own = tf.sum(tf.mul(B, tf.matMul(B, tf.matMul(A, A, false, true))), 1);
    const update = tf.mul(own, scale * scale);
    const squares = tf.add(tf.add(before, tf.mul(along, 2 * scale)), update);
    return tf.sqrt(tf.maximum(squares, tf.mul(tf.add(before, update), ROUNDING)));
  },
  constant: true,
});

/**
 * Euclidean norm of each row of W + scale·BA, as DoRA divides by (Liu et al. 2024, which treats it as a constant: no gradient).
 * weight: [m, n], A: [r, n], B: [m, r] -> [m].
 *
 * ‖wᵢ‖² + 2·scale·bᵢ·(A wᵢ) + scale²·bᵢ(AAᵀ)bᵢᵀ: the sum itself is never formed. Where an update cancels its row the terms do too: the relative
 * error is about 1e-7·(‖wᵢ‖² + ‖update‖²) / norm², and a norm below a millionth of them is reported as that.
 */
export const rowNorms = (weight: tf.Tensor, A: tf.Tensor, B: tf.Tensor, scale: number): tf.Tensor =>
  norms({ weight, A, B }, { scale })[0]!;
