import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

interface Positions {
  /** Of each of the b·b elements: the parameter that it shows, and its sign (0 on the diagonal). */
  parameter: Int32Array;
  sign: Float32Array;
  /** Of each parameter: its elements above and below the diagonal. */
  above: Int32Array;
  below: Int32Array;
}

const known = new Map<number, Positions>();

function positions(b: number): Positions {
  const found = known.get(b);
  if (found !== undefined) return found;
  const count = (b * (b - 1)) / 2;
  const made: Positions = {
    parameter: new Int32Array(b * b),
    sign: new Float32Array(b * b),
    above: new Int32Array(count),
    below: new Int32Array(count),
  };
  for (let i = 0, p = 0; i < b; i++)
    for (let j = i + 1; j < b; j++, p++) {
      for (const [at, sign] of [
        [i * b + j, 1],
        [j * b + i, -1],
      ] as const) {
        made.parameter[at] = p;
        made.sign[at] = sign;
      }
      made.above[p] = i * b + j;
      made.below[p] = j * b + i;
    }
  known.set(b, made);
  return made;
}

/** Columns of x by their numbers: rows of the transpose, which every backend copies fast. */
const pick = (x: tf.Tensor, at: Int32Array) => tf.gather(x, tf.tensor1d(at, 'int32'));

const forward = defineOp<'upper', { b: number }>({
  name: 'SkewSymmetric',
  inputs: ['upper'],
  compose: ({ upper }, { b }) => {
    const { parameter, sign } = positions(b);
    const elements = tf.mul(pick(tf.transpose(upper), parameter), tf.tensor(sign, [b * b, 1]));
    return tf.reshape(tf.transpose(elements), [upper.shape[0]!, b, b]);
  },
  gradient: (dy, _, { b }) => ({ upper: () => backward({ dy }, { b })[0]! }),
});

const backward = defineOp<'dy', { b: number }>({
  name: 'SkewSymmetricGrad',
  inputs: ['dy'],
  compose: ({ dy }, { b }) => {
    const { above, below } = positions(b);
    const elements = tf.transpose(tf.reshape(dy, [-1, b * b]));
    return tf.transpose(tf.sub(pick(elements, above), pick(elements, below)));
  },
});

/**
 * Skew-symmetric matrices from the elements above their diagonals, row by row, as PEFT stores OFT's parameters.
 * upper: [count, b(b−1)/2], b ≥ 2 -> [count, b, b].
 */
export const skewFromUpper = (upper: tf.Tensor, b: number): tf.Tensor => forward({ upper }, { b })[0]!;

/** (X − Xᵀ)/2 of each matrix: BOFT's parameters are whole matrices. x: [..., b, b] -> the same shape. */
export function skewPart(x: tf.Tensor): tf.Tensor {
  const last = x.rank - 1;
  return tf.mul(tf.sub(x, tf.transpose(x, [...x.shape.keys()].with(-1, last - 1).with(-2, last))), 0.5);
}
