import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';
import { scaledMatMul } from './linear.ts';

/** The largest ‖Q‖ (Frobenius, over √2) for which the iterations below are enough for float32. */
const LARGEST_NORM = 100;

/**
 * Factors μ of Newton–Schulz steps X ← μX(2I − μAX). While all eigenvalues of AX lie in [low, 1], μ = 2/(1 + low) centres them about 1, and a
 * step takes them to [4·low/(1 + low)², 1]: `low` grows fourfold at first, then converges quadratically.
 */
const FACTORS = ((): number[] => {
  const factors: number[] = [];
  for (let low = 1 / (1 + LARGEST_NORM ** 2); 1 - low > 1e-8; low = (4 * low) / (1 + low) ** 2)
    factors.push(2 / (1 + low));
  return factors;
})();

const cayleyOf = defineOp<'Q', Record<string, never>, never>({
  name: 'Cayley',
  inputs: ['Q'],
  compose: ({ Q }) => {
    const b = Q.shape.at(-1)!;
    const eye = tf.eye(b);
    const twice = tf.mul(eye, 2);
    const A = tf.add(Q, eye);
    // Q is normal with its singular values in pairs: AAᵀ = I + QQᵀ has its eigenvalues in [1, 1 + ‖Q‖²/2] in the Frobenius norm.
    const largest = tf.add(tf.mul(tf.sum(tf.square(Q), [-2, -1], true), 0.5), 1);
    const transposed = tf.sub(twice, A);
    let X = tf.div(transposed, largest);
    for (const factor of FACTORS) X = scaledMatMul(X, tf.add(scaledMatMul(A, X, -factor), twice), factor);
    // Not 2X − I: for small angles this is exact to the rounding of Q rather than of I.
    return tf.sub(eye, tf.mul(tf.matMul(Q, X), 2));
  },
  keeps: [],
  keepsOutputs: [true],
  // d(A⁻¹) = −A⁻¹ dA A⁻¹ with A⁻¹ = (R + I)/2.
  gradient: (dy, _, __, [R]) => ({
    Q: () => {
      const inverse = tf.add(R!, tf.eye(R!.shape.at(-1)!));
      return tf.mul(tf.matMul(tf.matMul(inverse, dy, true, false), inverse, false, true), -0.5);
    },
  }),
});

/**
 * Cayley's orthogonal matrices (I − Q)(I + Q)⁻¹ of skew-symmetric ones, as OFT and BOFT use them. Q: [count, b, b] -> the same shape.
 *
 * The inverse is taken by scaled Newton–Schulz iterations: matrix products only, a fixed number of them, no value read back. Within 1e-7 of
 * float64 for the small angles of training, within 2e-6 for any Q of Frobenius norm up to 140 (elements of ±4 in a 64×64 block); beyond, they
 * stop short but stay bounded. About 20 b³ multiply-adds a block, so blocks of hundreds are dear. The gradient does not go through them.
 */
export const cayley = (Q: tf.Tensor): tf.Tensor => cayleyOf({ Q }, {})[0]!;

/**
 * PEFT's `use_cayley_neumann`: the series I + 2Q + 2Q² + … + Qᵖ, p = terms − 1, for small Q. It approaches (I + Q)(I − Q)⁻¹, the *transpose* of what
 * `cayley` gives: an adapter trained with one form must not be read with the other. As in PEFT, 3 terms are the same as 4, and
 * 2 are I + 2Q. Q: [count, b, b] -> the same shape.
 */
export function cayleySeries(Q: tf.Tensor, terms = 5): tf.Tensor {
  const eye = tf.eye(Q.shape.at(-1)!);
  if (terms < 2) return tf.add(tf.zerosLike(Q), eye);
  if (terms === 2) return tf.add(tf.mul(Q, 2), eye);
  const twice = tf.mul(eye, 2);
  let sum = Q;
  for (let power = 2; power <= Math.max(terms - 1, 3); power++) sum = tf.matMul(Q, tf.add(sum, twice));
  return tf.add(sum, eye);
}
