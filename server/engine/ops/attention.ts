import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface Attrs {
  scale: number;
  /** 0: none. */
  cap: number;
}

/** [batch, heads, time, d] -> [batch, kvHeads, heads/kvHeads·time, d]: grouped queries share a key head; no copy. */
export function grouped(x: tf.Tensor, kvHeads: number): tf.Tensor {
  const [batch, heads, time, d] = x.shape as [number, number, number, number];
  return tf.reshape(x, [batch, kvHeads, (heads / kvHeads) * time, d]);
}

/** scale·q·kᵀ as [batch, kvHeads, group·time, source]; with a cap tanh(scale·q·kᵀ / cap). */
function scoresOf(q: tf.Tensor, k: tf.Tensor, attrs: Attrs): tf.Tensor {
  return scaled(tf.matMul(grouped(q, k.shape[1]!), k, false, true), attrs);
}

/** q·kᵀ -> the same shape. */
export const scaled = (products: tf.Tensor, { scale, cap }: Attrs): tf.Tensor =>
  cap > 0 ? tf.tanh(tf.mul(products, scale / cap)) : tf.mul(products, scale);

/** Softmax of the biased scores, in their shape. */
export function probabilities(scores: tf.Tensor, q: tf.Tensor, bias: tf.Tensor, { cap }: Attrs): tf.Tensor {
  const [batch, heads, time] = q.shape as [number, number, number, number];
  const capped = cap > 0 ? tf.mul(scores, cap) : scores;
  const biased = tf.add(tf.reshape(capped, [batch, heads, time, scores.shape.at(-1)!]), bias);
  return tf.reshape(tf.softmax(biased), scores.shape);
}

const forward = defineOp<'q' | 'k' | 'v' | 'bias', Attrs>({
  name: 'Attention',
  inputs: ['q', 'k', 'v', 'bias'],
  compose: ({ q, k, v, bias }, attrs) => {
    const p = probabilities(scoresOf(q, k, attrs), q, bias, attrs);
    return tf.reshape(tf.matMul(p, v), q.shape.with(3, v.shape[3]!));
  },
  gradient: (dy, { q, k, v, bias }, attrs) => {
    const [dq, dk, dv] = backward({ q, k, v, bias, dy }, attrs);
    return { q: () => dq!, k: () => dk!, v: () => dv!, bias: () => biasGradient({ q, k, v, bias, dy }, attrs) };
  },
});

/** Recomputes the probabilities rather than keeping them, which would cost memory quadratic in time. Outputs: dq, dk, dv. */
const backward = defineOp<'q' | 'k' | 'v' | 'bias' | 'dy', Attrs>({
  name: 'AttentionGrad',
  inputs: ['q', 'k', 'v', 'bias', 'dy'],
  compose: ({ q, k, v, bias, dy }, attrs) => {
    const kvHeads = k.shape[1]!;
    const scores = scoresOf(q, k, attrs);
    const p = probabilities(scores, q, bias, attrs);
    const g = grouped(dy, kvHeads);
    const dBiased = biasedGradient(p, g, v);
    const slope = attrs.cap > 0 ? tf.mul(tf.sub(1, tf.square(scores)), attrs.scale) : attrs.scale;
    const ds = tf.mul(dBiased, slope);
    const dq = tf.reshape(tf.matMul(ds, k), q.shape);
    return [dq, tf.matMul(ds, grouped(q, kvHeads), true, false), tf.matMul(p, g, true, false)];
  },
});

/** Of the biased scores, in their shape; dy: [batch, kvHeads, group·time, d]. */
function biasedGradient(p: tf.Tensor, dy: tf.Tensor, v: tf.Tensor): tf.Tensor {
  const dp = tf.matMul(dy, v, false, true);
  return tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true)));
}

/** In the shape of the bias: the sum over the axes that it was repeated along. Only T5 in full training asks for it. */
function biasGradient(
  { q, k, v, bias, dy }: Record<'q' | 'k' | 'v' | 'bias' | 'dy', tf.Tensor>,
  attrs: Attrs,
): tf.Tensor {
  const p = probabilities(scoresOf(q, k, attrs), q, bias, attrs);
  const dBiased = biasedGradient(p, grouped(dy, k.shape[1]!), v);
  const whole = tf.reshape(dBiased, [...q.shape.slice(0, 3), k.shape[2]!]);
  const repeated = whole.shape.flatMap((size, axis) => (size !== bias.shape[axis] ? [axis] : []));
  return repeated.length > 0 ? tf.sum(whole, repeated, true) : whole;
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017) with grouped queries (Ainslie et al. 2023): softmax(scale·q·kᵀ + bias)·v.
 * q: [batch, heads, time, d]; k, v: [batch, kvHeads, source, d], kvHeads dividing heads, query head h using key head
 * ⌊h·kvHeads/heads⌋; bias: additive mask, [1|batch, 1|heads, time|1, source]. Result as q. A masked place has a large
 * negative number, not −∞: a row of −∞ alone has no softmax. `cap`: scores are cap·tanh(score / cap) before the bias (Gemma 2,
 * https://arxiv.org/abs/2408.00118, section 2).
 */
export const attention = (
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  bias: tf.Tensor,
  scale: number,
  cap = 0,
): tf.Tensor => forward({ q, k, v, bias }, { scale, cap })[0]!;
