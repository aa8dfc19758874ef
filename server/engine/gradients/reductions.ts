import * as tf from '@tensorflow/tfjs-core';
import type { Gradient, Gradients } from './registry.ts';

type Axes = number | number[];

/** A reduction's result or gradient with its reduced axes put back as 1. */
function keepDims(y: tf.Tensor, { shape }: tf.Tensor, axes: Axes): tf.Tensor {
  const kept = [...shape];
  for (const axis of tf.util.parseAxisParam(axes, shape)) kept[axis] = 1;
  return tf.reshape(y, kept);
}

const stretch = (dy: tf.Tensor, x: tf.Tensor, axes: Axes) => tf.broadcastTo(keepDims(dy, x, axes), x.shape);

/** dy goes to every element that equals the extreme. */
const extreme: Gradient = {
  inputs: ['x'],
  output: true,
  of: ([dy], [x, y], attrs) => ({
    x: () => {
      // tfjs names the attribute of its two kernels differently.
      const axes = (attrs.reductionIndices ?? attrs.axis) as Axes;
      const chosen = tf.equal(x!, keepDims(y!, x!, axes));
      return tf.mul(keepDims(dy!, x!, axes), tf.cast(chosen, 'float32'));
    },
  }),
};

export const reductions: Gradients = {
  Sum: {
    inputs: ['x'],
    shapesOnly: true,
    of: ([dy], [x], attrs) => ({ x: () => stretch(dy!, x!, attrs.axis as Axes) }),
  },
  Mean: {
    inputs: ['x'],
    shapesOnly: true,
    of: ([dy], [x], attrs) => ({ x: () => stretch(tf.div(dy!, x!.size / dy!.size), x!, attrs.axis as Axes) }),
  },
  Max: extreme,
  Min: extreme,
  Cumsum: {
    inputs: ['x'],
    shapesOnly: true,
    of: ([dy], _, { axis, exclusive, reverse }) => ({
      x: () => tf.cumsum(dy!, axis as number, exclusive as boolean, !reverse),
    }),
  },
  Softmax: {
    output: true,
    of: ([dy], [y]) => ({
      logits: () => {
        const weighted = tf.mul(dy!, y!);
        return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y!));
      },
    }),
  },
  LogSoftmax: {
    output: true,
    of: ([dy], [y]) => ({ logits: () => tf.sub(dy!, tf.mul(tf.sum(dy!, -1, true), tf.exp(y!))) }),
  },
};
