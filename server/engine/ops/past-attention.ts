import * as tf from '@tensorflow/tfjs-core';
import { grouped } from './attention.ts';

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
  const [batch, heads, time] = q.shape as [number, number, number, number];
  const [kvHeads, source] = [k.shape[1]!, before + time];
  const queries = grouped(q, kvHeads);
  const products = tf.concat([tf.matMul(queries, pastKeys, false, true), tf.matMul(queries, k, false, true)], -1);
  const scores = cap > 0 ? tf.mul(tf.tanh(tf.mul(products, scale / cap)), cap) : tf.mul(products, scale);
  const p = tf.softmax(tf.add(tf.reshape(scores, [batch, heads, time, source]), bias));
  const [early, late] = tf.split(tf.reshape(p, scores.shape), [before, time], -1);
  return tf.reshape(tf.add(tf.matMul(early!, pastValues), tf.matMul(late!, v)), q.shape.with(3, v.shape[3]!));
}
