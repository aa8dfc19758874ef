import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { linear } from '../engine/ops/index.ts';

/**
 * A convolution along time that keeps the length, as a product with windows of it. x: [batch, time, channels]; weight: [out, channels / groups,
 * kernel], as PyTorch has it, the kernel odd; bias: [out] -> [batch, time, out].
 */
export function convolveTime(x: Tensor, weight: Tensor, bias: Tensor, groups: number): Tensor {
  const [batch, time, channels] = x.shape as [number, number, number];
  const [out, inside, kernel] = weight.shape as [number, number, number];
  const half = (kernel - 1) / 2;
  const padded = tf.pad(x, [
    [0, 0],
    [half, half],
    [0, 0],
  ]);
  const byOffset = tf.transpose(weight, [0, 2, 1]);
  const parts = Array.from({ length: channels / inside }, (_, group) => {
    const windows = Array.from({ length: kernel }, (_, offset) =>
      tf.slice(padded, [0, offset, group * inside], [batch, time, inside]),
    );
    const rows = tf.slice(byOffset, [(group * out) / groups, 0, 0], [out / groups, kernel, inside]);
    return linear(tf.concat(windows, 2), tf.reshape(rows, [out / groups, kernel * inside]));
  });
  return tf.add(tf.concat(parts, 2), bias);
}
