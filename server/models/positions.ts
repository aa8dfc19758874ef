import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * [batch, time] int32: tokens that are `real` (1, or true) count from `padding` + 1, the others stay at `padding`. Running sums of small whole
 * numbers are exact in float32.
 */
export function countedPositions(real: Tensor, padding: number): Tensor {
  const counted = tf.cast(real, 'float32');
  return tf.cast(tf.add(tf.mul(tf.cumsum(counted, 1), counted), padding), 'int32');
}

/** The same of places in examples, [batch, time] from 0, where several share a row: `numbers` are those of the examples, 0 for padding. */
export function shiftedPositions(places: Tensor, numbers: Tensor, padding: number): Tensor {
  const real = tf.cast(tf.greater(numbers, 0), 'float32');
  return tf.cast(tf.add(tf.mul(tf.add(tf.cast(places, 'float32'), 1), real), padding), 'int32');
}
