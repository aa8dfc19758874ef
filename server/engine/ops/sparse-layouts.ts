import * as tf from '@tensorflow/tfjs-core';

/** Rows of a block of a banded matrix: few enough to skip most zeros, enough for a fast product. */
const BLOCK = 32;
/** What a pass over one element costs, in multiply-adds of a matrix product: about 0.3 ns, at 90 of the latter per ns, on two cores. */
const PASS = 30;

/** How a sparse k×k matrix M is multiplied. `entries` [nnz] are its coefficients, `positions` their places where the layout reads them. */
export interface SparseLayout {
  /** M·h, or Mᵀ·h. h: [k, t] -> [k, t]. */
  product(entries: tf.Tensor, positions: tf.Tensor, h: tf.Tensor, transpose: boolean): tf.Tensor;
  /** The elements of g·hᵀ at the places of the entries: the gradient of `product` by `entries`. g, h: [k, t] -> [nnz]. */
  outer(g: tf.Tensor, h: tf.Tensor, positions: tf.Tensor): tf.Tensor;
  /** Multiply-adds, or their like, in a training step for each column of h. */
  cost: number;
}

/** All entries on the diagonal, in order. Positions are not read. */
export const diagonal = (k: number): SparseLayout => ({
  product: (entries, _, h) => tf.mul(h, tf.reshape(entries, [k, 1])),
  outer: (g, h) => tf.sum(tf.mul(g, h), 1),
  cost: 4 * PASS * k,
});

/** Entries anywhere, in a dense matrix; two in one place add up. Positions: int32 [nnz, 2]. */
export const dense = (k: number): SparseLayout => ({
  product: (entries, positions, h, transpose) =>
    tf.matMul(tf.scatterND(positions, entries, [k, k]), h, transpose, false),
  outer: (g, h, positions) => tf.gatherND(tf.matMul(g, h, false, true), positions),
  cost: 3 * k * k,
});

/**
 * Entries at places (row, column), [nnz, 2], with |row − column| ≤ d, as blocks of rows each with the columns that it reaches: a batch
 * of small products. That h is [k, t], not [t, k], lets the rows which a block reads lie side by side. Positions are not read.
 */
export function banded(k: number, d: number, places: Int32Array): SparseLayout {
  const block = Math.max(BLOCK, 2 * d);
  const width = block + 2 * d;
  const count = Math.ceil(k / block);
  const nnz = places.length / 2;
  /** Block, row and column within it, of each entry of M, or of Mᵀ. */
  const inBlocks = (transpose: boolean) => {
    const at = new Int32Array(3 * nnz);
    for (let i = 0; i < nnz; i++) {
      const pair = places.subarray(2 * i, 2 * i + 2);
      const [row, column] = transpose ? [pair[1]!, pair[0]!] : [pair[0]!, pair[1]!];
      const first = row - (row % block);
      at.set([first / block, row - first, column - first + d], 3 * i);
    }
    return at;
  };
  const [plain, transposed] = [inBlocks(false), inBlocks(true)];
  /** The rows of each block with a margin; a row that does not exist meets no entry, so any other may stand for it. */
  const rowsOf = (margin: number) => {
    const size = block + 2 * margin;
    return Int32Array.from({ length: count * size }, (_, i) =>
      Math.min(k - 1, Math.max(0, Math.floor(i / size) * block + (i % size) - margin)),
    );
  };
  const [wide, narrow] = [rowsOf(d), rowsOf(0)];
  const pick = (h: tf.Tensor, rows: Int32Array) =>
    tf.reshape(tf.gather(h, tf.tensor1d(rows, 'int32')), [count, rows.length / count, h.shape[1]!]);
  return {
    product(entries, _, h, transpose) {
      const at = tf.tensor2d(transpose ? transposed : plain, [nnz, 3], 'int32');
      const blocks = tf.scatterND(at, entries, [count, block, width]);
      const y = tf.reshape(tf.matMul(blocks, pick(h, wide)), [count * block, h.shape[1]!]);
      return count * block === k ? y : tf.slice(y, [0, 0], [k, h.shape[1]!]);
    },
    outer(g, h) {
      const blocks = tf.matMul(pick(g, narrow), pick(h, wide), false, true);
      return tf.gatherND(blocks, tf.tensor2d(plain, [nnz, 3], 'int32'));
    },
    cost: k * (3 * width + 8 * PASS),
  };
}
