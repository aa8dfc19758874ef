import * as tf from '@tensorflow/tfjs-core';
import { defineOp } from './define.ts';

export type GeluForm = 'erf' | 'tanh';

/** tanh form: 0.5·(1 + tanh(√(2/π)·(x + c·x³))) = sigmoid(2√(2/π)·(x + c·x³)). */
export const TANH_SCALE = 2 * Math.sqrt(2 / Math.PI);
export const TANH_CUBIC = 0.044715;

/** The factor that multiplies x: Φ(x), the normal distribution function, or its tanh approximation. */
function gate(x: tf.Tensor, form: GeluForm): tf.Tensor {
  if (form === 'erf') return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  return tf.sigmoid(tf.mul(x, tf.add(tf.mul(tf.square(x), TANH_SCALE * TANH_CUBIC), TANH_SCALE)));
}

const forward = defineOp<'x', { form: GeluForm }>({
  name: 'Gelu',
  inputs: ['x'],
  compose: ({ x }, { form }) => tf.mul(x, gate(x, form)),
  gradient: (dy, { x }, { form }) => ({ x: () => backward({ x, dy }, { form })[0]! }),
});

/** erf: Φ(x) + x·φ(x); tanh: s + s·(1 − s)·x·w′(x) with w the argument of the sigmoid s. */
const backward = defineOp<'x' | 'dy', { form: GeluForm }>({
  name: 'GeluGrad',
  inputs: ['x', 'dy'],
  compose: ({ x, dy }, { form }) => {
    const s = gate(x, form);
    const x2 = tf.square(x);
    const slope =
      form === 'erf'
        ? tf.mul(x, tf.mul(tf.exp(tf.mul(x2, -0.5)), 1 / Math.sqrt(2 * Math.PI)))
        : tf.mul(tf.mul(s, tf.sub(1, s)), tf.mul(x, tf.add(tf.mul(x2, 3 * TANH_SCALE * TANH_CUBIC), TANH_SCALE)));
    return tf.mul(dy, tf.add(s, slope));
  },
});

/** Gaussian error linear unit (Hendrycks & Gimpel 2016), exact (`erf`) or by tanh (`gelu_new`, `gelu_pytorch_tanh`); any shape. */
export const gelu = (x: tf.Tensor, form: GeluForm): tf.Tensor => forward({ x }, { form })[0]!;
