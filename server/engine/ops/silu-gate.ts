import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

const forward = defineOp<'gate' | 'up'>({
  name: 'SiluGate',
  inputs: ['gate', 'up'],
  compose: ({ gate, up }) => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up),
  gradient: (dy, { gate, up }) => {
    const [dGate, dUp] = backward({ gate, up, dy }, {});
    return { gate: () => dGate!, up: () => dUp! };
  },
});

/** silu′(x) = s + silu(x)·(1 − s), s = sigmoid(x). Outputs: dGate, dUp. */
const backward = defineOp<'gate' | 'up' | 'dy'>({
  name: 'SiluGateGrad',
  inputs: ['gate', 'up', 'dy'],
  compose: ({ gate, up, dy }) => {
    const s = tf.sigmoid(gate);
    const silu = tf.mul(gate, s);
    const slope = tf.add(s, tf.mul(silu, tf.sub(1, s)));
    return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)];
  },
});

/** silu(gate) · up, the gated unit of Llama's feed-forward block (SwiGLU, Shazeer 2020); both of one shape. */
export const siluGate = (gate: tf.Tensor, up: tf.Tensor): tf.Tensor => forward({ gate, up }, {})[0]!;
