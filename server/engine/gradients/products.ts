import * as tf from '@tensorflow/tfjs-core';
import { unbroadcast } from './broadcast.ts';
import type { Gradients } from './registry.ts';

type Matrix = tf.Tensor2D;

/** Matrix products and look-ups. */
export const products: Gradients = {
  BatchMatMul: {
    inputs: ['a', 'b'],
    of: ([dy], [a, b], { transposeA, transposeB }) => {
      const [A, B, D] = [a, b, dy] as [Matrix, Matrix, Matrix];
      return {
        a: () => unbroadcast(transposeA ? tf.matMul(B, D, !!transposeB, true) : tf.matMul(D, B, false, !transposeB), A),
        b: () => unbroadcast(transposeB ? tf.matMul(D, A, true, !!transposeA) : tf.matMul(A, D, !transposeA, false), B),
      };
    },
  },
  GatherV2: {
    inputs: ['x', 'indices'],
    of: ([dy], [x, indices], attrs) => ({
      x: () => {
        const axis = tf.util.parseAxisParam(attrs.axis as number, x!.shape)[0]!;
        if ((attrs.batchDims as number) !== 0) throw new Error('gather with batch dimensions has no gradient here');
        // The gathered axis first, as rows to be added up; then back to its place.
        const outer = x!.shape.slice(0, axis);
        const inner = x!.shape.slice(axis + 1);
        const flat = tf.reshape(dy!, [...outer, indices!.size, ...inner]);
        const forth = [axis, ...x!.shape.keys()].filter((d, i) => i === 0 || d !== axis);
        const rows = tf.unsortedSegmentSum(
          tf.transpose(flat, forth),
          tf.reshape(indices!, [indices!.size]) as tf.Tensor1D,
          x!.shape[axis]!,
        );
        return tf.transpose(rows, tf.backend_util.getUndoAxesPermutation(forth));
      },
      indices: () => tf.zeros(indices!.shape),
    }),
  },
  GatherNd: {
    inputs: ['params', 'indices'],
    of: ([dy], [params, indices]) => ({
      params: () => tf.scatterND(tf.cast(indices!, 'int32'), dy!, params!.shape),
      indices: () => tf.zeros(indices!.shape),
    }),
  },
  ScatterNd: {
    inputs: ['indices'],
    of: ([dy], [indices]) => ({
      indices: () => tf.zeros(indices!.shape),
      updates: () => tf.gatherND(dy!, indices!),
    }),
  },
};
