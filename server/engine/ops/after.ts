import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

const identity = defineOp<'x' | 'first'>({
  name: 'After',
  keeps: [],
  inputs: ['x', 'first'],
  compose: ({ x }) => tf.clone(x),
  gradient: (dy) => ({ x: () => tf.clone(dy) }),
});

/** x itself, in a compiled graph not before `first` has been computed: how a recomputation waits until it is needed. */
export const after = (x: tf.Tensor, first: tf.Tensor): tf.Tensor => identity({ x, first }, {})[0]!;
