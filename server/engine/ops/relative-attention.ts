import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

type Input = 'q' | 'k' | 'v' | 'bias' | 'keys' | 'queries';
interface Attrs {
  scale: number;
}

/** [..., time, 2·time − 1] by distance, column c being source − time + c, to [..., time, time] by source. No gather: rows of a skewed view. */
function bySource(x: tf.Tensor): tf.Tensor {
  const [batch, heads, time] = x.shape as [number, number, number, number];
  if (time === 1) return x;
  const flat = tf.slice(tf.reshape(x, [batch, heads, -1]), [0, 0, time - 1], [batch, heads, time * (2 * time - 2)]);
  return tf.slice(tf.reshape(flat, [batch, heads, time, 2 * time - 2]), [0, 0, 0, 0], [batch, heads, time, time]);
}

/** The transpose of `bySource`: zeros where no source is so far away. */
function byDistance(x: tf.Tensor): tf.Tensor {
  const [batch, heads, time] = x.shape as [number, number, number, number];
  if (time === 1) return x;
  const rows = tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, time - 2],
  ]);
  const flat = tf.pad(tf.reshape(rows, [batch, heads, -1]), [
    [0, 0],
    [0, 0],
    [time - 1, 1],
  ]);
  return tf.reshape(flat, [batch, heads, time, 2 * time - 1]);
}

const swapped = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 1, 3, 2]);

/** The table of positions with a batch axis, which products broadcast. */
const batched = (table: tf.Tensor): tf.Tensor => tf.expandDims(table, 0);

/** [batch, heads, time, time] */
function probabilities({ q, k, bias, keys, queries }: Record<Input, tf.Tensor>, scale: number): tf.Tensor {
  const content = tf.matMul(q, k, false, true);
  const toPosition = bySource(tf.matMul(q, batched(keys), false, true));
  const fromPosition = swapped(bySource(tf.matMul(k, batched(queries), false, true)));
  return tf.softmax(tf.add(tf.mul(tf.add(tf.add(content, toPosition), fromPosition), scale), bias));
}

const forward = defineOp<Input, Attrs>({
  name: 'RelativeAttention',
  inputs: ['q', 'k', 'v', 'bias', 'keys', 'queries'],
  compose: (inputs, { scale }) => tf.matMul(probabilities(inputs, scale), inputs.v),
  gradient: (dy, inputs, attrs) => {
    const [q, k, v, keys, queries] = backward({ ...inputs, dy }, attrs);
    return { q: () => q!, k: () => k!, v: () => v!, keys: () => keys!, queries: () => queries! };
  },
});

/** Recomputes the probabilities rather than keeping them, which would cost memory quadratic in time. Outputs: dq, dk, dv, dkeys, dqueries. */
const backward = defineOp<Input | 'dy', Attrs>({
  name: 'RelativeAttentionGrad',
  inputs: ['q', 'k', 'v', 'bias', 'keys', 'queries', 'dy'],
  compose: ({ dy, ...inputs }, { scale }) => {
    const { q, k, v, keys, queries } = inputs;
    const p = probabilities(inputs, scale);
    const dp = tf.matMul(dy, v, false, true);
    const ds = tf.mul(tf.mul(p, tf.sub(dp, tf.sum(tf.mul(dp, p), -1, true))), scale);
    const toPosition = byDistance(ds);
    const fromPosition = byDistance(swapped(ds));
    return [
      tf.add(tf.matMul(ds, k), tf.matMul(toPosition, batched(keys))),
      tf.add(tf.matMul(ds, q, true, false), tf.matMul(fromPosition, batched(queries))),
      tf.matMul(p, dy, true, false),
      tf.sum(tf.matMul(toPosition, q, true, false), 0),
      tf.sum(tf.matMul(fromPosition, k, true, false), 0),
    ];
  },
});

export interface RelativePositions {
  /** What a query at position i meets for a source at position j, in row j − i + time − 1: content to position. */
  keys: tf.Tensor;
  /** What a key at position j meets for a query at position i, in row i − j + time − 1: position to content. */
  queries: tf.Tensor;
}

/**
 * Disentangled attention (He et al. 2021, https://arxiv.org/abs/2006.03654): softmax(scale·(q·kᵀ + q·keysᵀ + queries·kᵀ) + bias)·v, the
 * last two products at the rows of each pair's distance. q, k, v: [batch, heads, time, d]; keys, queries: [heads, 2·time − 1, d]; bias: additive
 * mask without gradient, [1|batch, 1, 1|time, time].
 */
export const relativeAttention = (
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { keys, queries }: RelativePositions,
  bias: tf.Tensor,
  scale: number,
): tf.Tensor => forward({ q, k, v, bias, keys, queries }, { scale })[0]!;
