import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from '../architectures/fields.ts';
import { gelu, siluGate } from '../engine/ops/index.ts';

/** The nonlinearity of a feed-forward block, elementwise. */
export function activate(activation: Activation, x: Tensor): Tensor {
  switch (activation) {
    case 'gelu':
      return gelu(x, 'erf');
    case 'gelu_tanh':
      return gelu(x, 'tanh');
    case 'relu':
      return tf.relu(x);
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'tanh':
      return tf.tanh(x);
  }
}

/** activation(gate) · up, in one pass for the usual silu. */
export const activateGate = (activation: Activation, gate: Tensor, up: Tensor): Tensor =>
  activation === 'silu' ? siluGate(gate, up) : tf.mul(activate(activation, gate), up);
