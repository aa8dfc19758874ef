import * as tf from '@tensorflow/tfjs-core';

/** The gradient of a broadcast operand: `dy` summed over the axes along which the operand was stretched. */
export function unbroadcast(dy: tf.Tensor, { shape }: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, dy.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(dy, axes) : dy, shape);
}
