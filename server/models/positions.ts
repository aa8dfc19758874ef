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
