import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface Attrs {
  scale: number;
}

/** [batch, heads, time, d] -> [batch, kvHeads, heads/kvHeads·time, d]: grouped queries share a key head; no copy. */
function grouped(x: tf.Tensor, kvHeads: number): tf.Tensor {
  const [batch, heads, time, d] = x.shape as [number, number, number, number];
  return tf.reshape(x, [batch, kvHeads, (heads / kvHeads) * time, d]);
}

/** Softmax of the scaled, biased scores, as [batch, kvHeads, group·time, source]. */
function probabilities(q: tf.Tensor, k: tf.Tensor, bias: tf.Tensor, scale: number): tf.Tensor {
  const [batch, heads, time] = q.shape as [number, number, number, number];
  const [, kvHeads, source] = k.shape as [number, number, number, number];
  const scores = tf.mul(tf.matMul(grouped(q, kvHeads), k, false, true), scale);
  const biased = tf.add(tf.reshape(scores, [batch, heads, time, source]), bias);
  return tf.reshape(tf.softmax(biased), [batch, kvHeads, (heads / kvHeads) * time, source]);
}

const forward = defineOp<'q' | 'k' | 'v' | 'bias', Attrs>({
  name: 'Attention',
  inputs: ['q', 'k', 'v', 'bias'],
  compose: ({ q, k, v, bias }, { scale }) =>
    tf.reshape(tf.matMul(probabilities(q, k, bias, scale), v), q.shape.with(3, v.shape[3]!)),
  gradient: (dy, { q, k, v, bias }, attrs) => {
    const [dq, dk, dv] = backward({ q, k, v, bias, dy }, attrs);
    return { q: () => dq!, k: () => dk!, v: () => dv! };
  },
});

/** Recomputes the probabilities rather than keeping them, which would cost memory quadratic in time. Outputs: dq, dk, dv. */
const backward = defineOp<'q' | 'k' | 'v' | 'bias' | 'dy', Attrs>({
  name: 'AttentionGrad',
  inputs: ['q', 'k', 'v', 'bias', 'dy'],
  compose: ({ q, k, v, bias, dy }, { scale }) => {
    const kvHeads = k.shape[1]!;
    const p = probabilities(q, k, bias, scale);
    const g = grouped(dy, kvHeads);
    const dp = tf.matMul(g, v, false, true);
    const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale);
    const dq = tf.reshape(tf.matMul(ds, k), q.shape);
    return [dq, tf.matMul(ds, grouped(q, kvHeads), true, false), tf.matMul(p, g, true, false)];
  },
});

/**
 * Scaled dot-product attention (Vaswani et al. 2017) with grouped queries (Ainslie et al. 2023): softmax(scale·q·kᵀ + bias)·v.
 * q: [batch, heads, time, d]; k, v: [batch, kvHeads, source, d], kvHeads dividing heads, query head h using key head
 * ⌊h·kvHeads/heads⌋; bias: additive mask, [1|batch, 1|heads, time|1, source], without gradient. Result as q. A masked place has a large
 * negative number, not −∞: a row of −∞ alone has no softmax.
 */
export const attention = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, bias: tf.Tensor, scale: number): tf.Tensor =>
  forward({ q, k, v, bias }, { scale })[0]!;
