/**
 * DoRA: diag(magnitude / ‖W + s·BA‖) (W + s·BA), one norm per output row, a constant in the gradient. Liu et al. 2024,
 * https://arxiv.org/abs/2402.09353, section 4.3; key names and configuration are those of Hugging Face PEFT 0.21 (LoRA with `use_dora`).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { addLinear, linear, rowNorms } from '../engine/ops/index.ts';
import { scaling } from '../methods/low-rank.ts';
import { plusProduct, scaledRows } from './factors.ts';
import { dropped, lora } from './lora.ts';
import type { MatrixAdapter } from './types.ts';

export const dora: MatrixAdapter = {
  init(site, weight, random) {
    const { trainable } = lora.init(site, weight, random);
    // B·A is zero, so these are the norms of W + s·BA too.
    const magnitude = { shape: [site.m], data: Float32Array.from(normsOf(weight())) };
    return { trainable: { ...trainable, magnitude }, frozen: {} };
  },

  restore: (_site, { A, B, magnitude }) => ({ trainable: { A: A!, B: B!, magnitude: magnitude! }, frozen: {} }),

  forward(x, site) {
    const { base, weight, tensors, settings } = site;
    const { A, B, magnitude } = tensors as Record<string, tf.Tensor> & { A: tf.Tensor; B: tf.Tensor };
    const s = scaling(settings);
    const lengths = tf.reshape(tf.div(magnitude!, rowNorms(weight(), A, B, s)), [1, -1]);
    const input = dropped(x, site);
    const own = base(input);
    const adapted = tf.mul(addLinear(own, linear(input, A), B, s), lengths);
    // As in PEFT, dropout leaves the base's own product alone.
    return input === x ? adapted : tf.add(base(x), tf.sub(adapted, own));
  },

  ...(lora.randomInputs && { randomInputs: lora.randomInputs }),

  merge(weight, { trainable: { A, B, magnitude } }, { settings }) {
    const sum = plusProduct(weight, B!, A!, scaling(settings));
    const norms = normsOf(sum);
    return scaledRows(
      sum,
      norms.map((norm, i) => magnitude!.data[i]! / norm),
    );
  },

  shapes: (site) => ({ ...lora.shapes(site), magnitude: [site.m] }),
  peftConfig: (...of) => ({ ...lora.peftConfig(...of), use_dora: true }),

  learned({ trainable: { magnitude } }, _site, weight) {
    const norms = normsOf(weight);
    const values = Float64Array.from(magnitude!.data, (value, i) => value / norms[i]!);
    const about = 'Length of each row of the adapted weights, in that of the row of W.';
    return { items: [{ kind: 'vector', title: 'magnitude / ‖W‖', about, neutral: 1, index: 'output', values }] };
  },
  peftKeys: { ...lora.peftKeys, lora_magnitude_vector: 'magnitude' },
  loraPlus: ['B'],
};

/** Euclidean norm of each row, in double precision. */
function normsOf({ shape, data }: HostTensor): Float64Array {
  const [m, n] = shape as [number, number];
  const squares = new Float64Array(m);
  for (let i = 0; i < data.length; i++) squares[Math.floor(i / n)]! += data[i]! ** 2;
  return squares.map(Math.sqrt);
}
