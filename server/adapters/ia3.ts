/**
 * (IA)³: diag(l) W with the bias scaled alike, or W diag(l) in feed-forward modules. Liu et al. 2022, https://arxiv.org/abs/2205.05638;
 * shapes, key names and configuration are those of Hugging Face PEFT 0.21: l is [m, 1], or [1, n] where it scales the input.
 */
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../base/tensor.ts';
import { scaleColumns } from '../engine/ops/index.ts';
import { isFeedforward } from '../methods/ia3.ts';
import { scaledColumns, scaledRows } from './factors.ts';
import type { MatrixAdapter, MatrixSite } from './types.ts';

const shapeOf = ({ name, m, n, settings }: MatrixSite): [number, number] =>
  isFeedforward(name, settings) ? [1, n] : [m, 1];

const ofInputs = ({ shape }: { shape: number[] }): boolean => shape[1] !== 1;

export const ia3: MatrixAdapter = {
  init(site) {
    const shape = shapeOf(site);
    return { trainable: { l: { shape, data: new Float32Array(sizeOf(shape)).fill(1) } }, frozen: {} };
  },
  restore: (_site, { l }) => ({ trainable: { l: l! }, frozen: {} }),

  forward: (x, { base, tensors: { l } }) => (ofInputs(l!) ? base(scaleColumns(x, l!)) : scaleColumns(base(x), l!)),
  bias: (bias, { tensors: { l } }) => (ofInputs(l!) ? bias : tf.mul(bias, tf.reshape(l!, [-1]))),

  merge: (weight, { trainable: { l } }) =>
    ofInputs(l!) ? scaledColumns(weight, l!.data) : scaledRows(weight, l!.data),
  mergeBias: ({ shape, data }, { trainable: { l } }) => ({
    shape,
    data: ofInputs(l!) ? data : data.map((value, i) => value * l!.data[i]!),
  }),

  shapes: (site) => ({ l: shapeOf(site) }),

  peftConfig(settings, _patterns, sites, targets) {
    const named = new Set(sites.filter(({ name }) => isFeedforward(name, settings)).map(({ name }) => name));
    const short = targets.filter((target) => [...named].some((name) => name.endsWith(target)));
    const exact = sites.every(({ name }) => named.has(name) === short.some((target) => name.endsWith(target)));
    return {
      peft_type: 'IA3',
      // PEFT wants them among the targets, word for word.
      ...(exact
        ? { feedforward_modules: short }
        : { feedforward_modules: [...named].sort(), target_modules: sites.map(({ name }) => name).sort() }),
      fan_in_fan_out: false,
      init_ia3_weights: true,
      layers_pattern: undefined,
      layers_to_transform: undefined,
    };
  },

  learned({ trainable: { l } }) {
    const index = ofInputs(l!) ? 'input' : 'output';
    const about = `Each ${index} of the module is multiplied by its l.`;
    return { items: [{ kind: 'vector', title: 'l', about, neutral: 1, index, values: l!.data }] };
  },
  peftKeys: { ia3_l: 'l' },
};
