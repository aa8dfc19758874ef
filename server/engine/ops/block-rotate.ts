import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

/** Smaller blocks are joined to blocks of this size: sorting columns costs less the more of them lie side by side. */
const JOINED = 32;

interface Attrs {
  /** Distance, in half blocks, between the two halves of a block's columns; 1: blocks of neighbouring columns. */
  stride: number;
}

/** The columns of x [rows, n] by block: [n/b, rows, b]. */
export function blocks(x: tf.Tensor, b: number, stride: number): tf.Tensor {
  const [rows, n] = x.shape as [number, number];
  if (stride === 1) return tf.transpose(tf.reshape(x, [rows, n / b, b]), [1, 0, 2]);
  const halves = tf.reshape(x, [rows, n / (b * stride), 2, stride, b / 2]);
  return tf.reshape(tf.transpose(halves, [1, 3, 0, 2, 4]), [n / b, rows, b]);
}

/** The inverse of `blocks`. */
function columns(y: tf.Tensor, stride: number): tf.Tensor {
  const [count, rows, b] = y.shape as [number, number, number];
  const n = count * b;
  if (stride === 1) return tf.reshape(tf.transpose(y, [1, 0, 2]), [rows, n]);
  const halves = tf.reshape(y, [n / (b * stride), stride, rows, 2, b / 2]);
  return tf.reshape(tf.transpose(halves, [2, 0, 3, 1, 4]), [rows, n]);
}

/** One block for all columns needs no sorting by block: [rows·n/b, b]. */
const shared = (x: tf.Tensor, b: number) => tf.reshape(x, [-1, b]);

/** How many neighbours of `count` blocks of size b are best joined. */
function neighbours(count: number, b: number): number {
  let best = 1;
  for (let g = 2; g * b <= JOINED && g <= count; g++) if (count % g === 0) best = g;
  return best;
}

/** 1 where g blocks of size b lie on the diagonal of one of size g·b. */
const blockMask = (g: number, b: number) =>
  tf.tensor2d(
    Float32Array.from(
      { length: (g * b) ** 2 },
      (_, i) => +(Math.floor(i / (g * b * b)) === Math.floor((i % (g * b)) / b)),
    ),
    [g * b, g * b],
  );

/** Neighbours as block-diagonal blocks: [count, b, b] -> [count/g, g·b, g·b]. */
function join(R: tf.Tensor, g: number): tf.Tensor {
  const [count, b] = R.shape as [number, number];
  return tf.mul(tf.tile(tf.reshape(R, [count / g, g * b, b]), [1, 1, g]), blockMask(g, b));
}

/** The blocks on the diagonals: the inverse of `join`, and its gradient. */
function part(joined: tf.Tensor, g: number): tf.Tensor {
  const [count, size] = joined.shape as [number, number];
  const b = size / g;
  const apart = tf.reshape(tf.mul(joined, blockMask(g, b)), [count, size, g, b]);
  return tf.reshape(tf.sum(apart, 2), [count * g, b, b]);
}

/** x times the blocks, or times their transposes. */
function product(x: tf.Tensor, R: tf.Tensor, stride: number, transpose: boolean): tf.Tensor {
  const [count, b] = R.shape as [number, number];
  if (stride > 1) return columns(tf.matMul(blocks(x, b, stride), R, false, transpose), stride);
  if (count === 1) return tf.reshape(tf.matMul(shared(x, b), tf.reshape(R, [b, b]), false, transpose), x.shape);
  const g = neighbours(count, b);
  return columns(tf.matMul(blocks(x, g * b, 1), join(R, g), false, transpose), 1);
}

const forward = defineOp<'x' | 'R', Attrs>({
  name: 'BlockRotate',
  inputs: ['x', 'R'],
  compose: ({ x, R }, { stride }) => product(x, R, stride, false),
  gradient: (dy, { x, R }, { stride }) => ({
    x: () => back({ dy, R }, { stride })[0]!,
    R: () => backward({ x, dy }, { count: R.shape[0]!, b: R.shape[1]!, stride })[0]!,
  }),
});

const back = defineOp<'dy' | 'R', Attrs>({
  name: 'BlockRotateBack',
  inputs: ['dy', 'R'],
  compose: ({ dy, R }, { stride }) => product(dy, R, stride, true),
});

/** xᵀ·dy of each block: [count, b, b]. */
const backward = defineOp<'x' | 'dy', Attrs & { count: number; b: number }>({
  name: 'BlockRotateGrad',
  inputs: ['x', 'dy'],
  compose: ({ x, dy }, { count, b, stride }) => {
    if (stride > 1) return tf.matMul(blocks(x, b, stride), blocks(dy, b, stride), true, false);
    if (count === 1) return tf.reshape(tf.matMul(shared(x, b), shared(dy, b), true, false), [1, b, b]);
    const g = neighbours(count, b);
    return part(tf.matMul(blocks(x, g * b, 1), blocks(dy, g * b, 1), true, false), g);
  },
});

/**
 * x times a block-diagonal matrix: the input side of OFT (Qiu et al. 2023), whose effective weight is W·blockdiag(R)ᵀ.
 * x: [rows, n], R: [n/b, b, b], or [1, b, b] for one block that all share -> [rows, n]. Costs rows·n·b; turning W would cost m·n·b, and rows·m·n
 * for its gradient.
 */
export const blockRotate = (x: tf.Tensor, R: tf.Tensor): tf.Tensor => forward({ x, R }, { stride: 1 })[0]!;

/**
 * The same with blocks that consist of half blocks of columns `stride` apart: of every 2·stride neighbouring half blocks, the first `stride` are
 * paired one to one with the others. x: [rows, n], R: [n/b, b, b], b even, n a multiple of b·stride -> [rows, n].
 */
export const pairedBlockRotate = (x: tf.Tensor, R: tf.Tensor, stride: number): tf.Tensor =>
  forward({ x, R }, { stride })[0]!;
