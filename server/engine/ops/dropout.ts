import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

type Drop = (inputs: Record<'x' | 'draws', tf.Tensor>, attrs: { p: number }) => tf.Tensor[];

const drop: Drop = defineOp<'x' | 'draws', { p: number }, 'draws'>({
  name: 'Dropout',
  inputs: ['x', 'draws'],
  compose: ({ x, draws }, { p }) => tf.mul(x, tf.mul(tf.cast(tf.greaterEqual(draws, p), 'float32'), 1 / (1 - p))),
  keeps: ['draws'],
  gradient: (dy, { draws }, { p }) => ({ x: () => drop({ x: dy, draws }, { p })[0]! }),
});

/**
 * Inverted dropout (Srivastava et al. 2014): 0 where `draws` < p, else x / (1 − p). x and draws of one shape; draws uniform in [0, 1),
 * an input of the step. Neither x nor a mask is kept for the backward pass.
 */
export const dropout = (x: tf.Tensor, draws: tf.Tensor, p: number): tf.Tensor => drop({ x, draws }, { p })[0]!;
