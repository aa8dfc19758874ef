import * as tf from '@tensorflow/tfjs-core';
import { grouped, probabilities, scaled } from './attention.ts';

export interface PastAttention {
  /** [batch, heads, time, d]. */
  q: tf.Tensor;
  /** [batch, kvHeads, time, d]. */
  k: tf.Tensor;
  v: tf.Tensor;
  /** [batch, kvHeads, before, d]. */
  pastKeys: tf.Tensor;
  pastValues: tf.Tensor;
  /** Additive, [1, 1, time, before + time]. */
  bias: tf.Tensor;
}

/**
 * `attention` of tokens that follow others: two products each with the keys and values before and with their own, so that those before are
 * read where they lie and not copied. Without a gradient.
 */
export function pastAttention(
  { q, k, v, pastKeys, pastValues, bias }: PastAttention,
  scale: number,
  cap = 0,
): tf.Tensor {
  const before = pastKeys.shape[2]!;
  const queries = grouped(q, k.shape[1]!);
  const products = tf.concat([tf.matMul(queries, pastKeys, false, true), tf.matMul(queries, k, false, true)], -1);
  const attrs = { scale, cap };
  const p = probabilities(scaled(products, attrs), q, bias, attrs);
  const [early, late] = tf.split(p, [before, k.shape[2]!], -1);
  return tf.reshape(tf.add(tf.matMul(early!, pastValues), tf.matMul(late!, v)), q.shape.with(3, v.shape[3]!));
}
