import * as tf from '@tensorflow/tfjs-core';
import type { Gradient, Gradients } from './registry.ts';

/** Kernels that only give the same elements another shape. */
const reshaped: Gradient = {
  inputs: ['x'],
  shapesOnly: true,
  of: ([dy], [x]) => ({ x: () => tf.reshape(dy!, x!.shape) }),
};

const tile: Gradient = {
  inputs: ['x'],
  shapesOnly: true,
  of: ([dy], [x], attrs) => ({
    x: () => {
      const reps = attrs.reps as number[];
      // [reps₀, d₀, reps₁, d₁, …], summed over the repetitions.
      const apart = tf.reshape(
        dy!,
        reps.flatMap((r, i) => [r, x!.shape[i]!]),
      );
      return tf.sum(
        apart,
        reps.map((_, i) => 2 * i),
      );
    },
  }),
};

export const layout: Gradients = {
  Identity: { of: ([dy]) => ({ x: () => tf.cast(dy!, 'float32') }) },
  Cast: { of: ([dy]) => ({ x: () => tf.cast(dy!, 'float32') }) },
  Reshape: reshaped,
  ExpandDims: {
    ...reshaped,
    of: ([dy], [input]) => ({ input: () => tf.reshape(dy!, input!.shape) }),
    inputs: ['input'],
  },
  Transpose: {
    of: ([dy], _, attrs) => ({
      x: () => tf.transpose(dy!, tf.backend_util.getUndoAxesPermutation(attrs.perm as number[])),
    }),
  },
  Reverse: { of: ([dy], _, attrs) => ({ x: () => tf.reverse(dy!, attrs.dims as number[]) }) },
  Slice: {
    inputs: ['x'],
    shapesOnly: true,
    of: ([dy], [x], attrs) => ({
      x: () => {
        const [begin, size] = tf.slice_util.parseSliceParams(
          x!,
          attrs.begin as number | number[],
          attrs.size as number | number[],
        );
        return tf.pad(
          dy!,
          x!.shape.map((d, i): [number, number] => [begin![i]!, d - begin![i]! - size![i]!]),
        );
      },
    }),
  },
  SplitV: { of: (dys, _, attrs) => ({ x: () => tf.concat(dys, attrs.axis as number) }) },
  Concat: {
    inputs: 'all',
    shapesOnly: true,
    of: ([dy], parts, attrs) => {
      const axis = tf.util.parseAxisParam(attrs.axis as number, dy!.shape)[0]!;
      const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.shape[axis]!, 0));
      return Object.fromEntries(
        parts.map((part, i) => [
          i,
          () =>
            tf.slice(
              dy!,
              dy!.shape.map((_, d) => (d === axis ? starts[i]! : 0)),
              part.shape,
            ),
        ]),
      );
    },
  },
  Pack: {
    inputs: 'all',
    shapesOnly: true,
    of: ([dy], parts, attrs) => {
      const pieces = tf.unstack(dy!, attrs.axis as number);
      return Object.fromEntries(parts.map((_, i) => [i, () => pieces[i]!]));
    },
  },
  Unpack: { of: (dys, _, attrs) => ({ value: () => tf.stack(dys, attrs.axis as number) }) },
  Tile: tile,
  PadV2: {
    inputs: ['x'],
    shapesOnly: true,
    of: ([dy], [x], attrs) => ({
      x: () =>
        tf.slice(
          dy!,
          (attrs.paddings as unknown as [number, number][]).map(([before]) => before),
          x!.shape,
        ),
    }),
  },
};
