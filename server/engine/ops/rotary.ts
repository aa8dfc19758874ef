import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

type Rotate = (inputs: Record<'x' | 'cos' | 'sin', tf.Tensor>, attrs: { inverse: boolean }) => tf.Tensor[];

const rotate: Rotate = defineOp<'x' | 'cos' | 'sin', { inverse: boolean }>({
  name: 'Rotary',
  inputs: ['x', 'cos', 'sin'],
  compose: ({ x, cos, sin }, { inverse }) => {
    const half = cos.shape.at(-1)!;
    const rest = x.shape.at(-1)! - 2 * half;
    const [a, b, tail] = tf.split(x, rest > 0 ? [half, half, rest] : [half, half], -1);
    // Per-batch tables get a heads axis to broadcast over.
    const table = (t: tf.Tensor) => (t.rank === 3 ? tf.expandDims(t, 1) : t);
    const c = table(cos);
    const s = inverse ? tf.neg(table(sin)) : table(sin);
    const first = tf.sub(tf.mul(a!, c), tf.mul(b!, s));
    const second = tf.add(tf.mul(b!, c), tf.mul(a!, s));
    return tf.concat(tail === undefined ? [first, second] : [first, second, tail], -1);
  },
  // A rotation's transpose is the rotation backwards.
  gradient: (dy, { cos, sin }, { inverse }) => ({ x: () => rotate({ x: dy, cos, sin }, { inverse: !inverse })[0]! }),
});

/**
 * Rotary position embedding (Su et al. 2021) in Hugging Face's half-rotation layout: with x = [a, b] split in halves,
 * [a·cos − b·sin, b·cos + a·sin]. x: [batch, heads, time, head_dim]; cos, sin: [time, rotary_dim/2] or
 * [batch, time, rotary_dim/2], one value per rotated pair; columns beyond rotary_dim pass unchanged. The tables get no gradient.
 */
export const rotary = (x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor =>
  rotate({ x, cos, sin }, { inverse: false })[0]!;
