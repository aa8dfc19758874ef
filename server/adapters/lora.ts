/**
 * LoRA: W + s·BA with s = alpha / rank, or alpha / √rank (rsLoRA). Hu et al. 2021, https://arxiv.org/abs/2106.09685; rsLoRA:
 * Kalajdzievski 2023, https://arxiv.org/abs/2312.03732. Initialisation, key names and configuration are those of Hugging Face PEFT 0.21.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import { addLinear, linear } from '../engine/ops/index.ts';
import { scaling } from '../methods/low-rank.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { draw, kaiming, plusProduct } from './factors.ts';
import type { MatrixAdapter, SiteForward } from './types.ts';

interface LoraOptions {
  dropout: number;
  use_rslora: boolean;
  init: 'default' | 'gaussian' | 'orthogonal';
  bias: 'none' | 'all' | 'lora_only';
}

const optionsOf = ({ options }: MatrixSettings): LoraOptions => ({
  dropout: (options.dropout as number | undefined) ?? 0,
  use_rslora: (options.use_rslora as boolean | undefined) ?? false,
  init: (options.init as LoraOptions['init'] | undefined) ?? 'default',
  bias: (options.bias as LoraOptions['bias'] | undefined) ?? 'none',
});

/** x with dropout; x itself outside training and where the entry has none. */
export function dropped(x: tf.Tensor, { settings, random }: Pick<SiteForward, 'settings' | 'random'>): tf.Tensor {
  const mask = random('dropout');
  if (!mask) return x;
  const { dropout } = optionsOf(settings);
  return tf.mul(x, tf.mul(tf.cast(tf.greaterEqual(mask, dropout), 'float32'), 1 / (1 - dropout)));
}

export const lora: MatrixAdapter = {
  init({ m, n, settings }, _weight, random) {
    const { rank } = settings;
    const zeros = { shape: [m, rank], data: new Float32Array(m * rank) };
    switch (optionsOf(settings).init) {
      case 'gaussian':
        return { trainable: { A: draw([rank, n], () => random.normal() / rank), B: zeros }, frozen: {} };
      case 'orthogonal':
        return { trainable: orthogonal(m, n, rank, random), frozen: {} };
      default:
        return { trainable: { A: kaiming([rank, n], n, random), B: zeros }, frozen: {} };
    }
  },

  restore: (_site, { A, B }) => ({ trainable: { A: A!, B: B! }, frozen: {} }),

  forward(x, site) {
    const { base, tensors, settings } = site;
    return addLinear(base(x), linear(dropped(x, site), tensors.A!), tensors.B!, scaling(settings));
  },

  randomInputs({ n, settings }, rows) {
    return optionsOf(settings).dropout > 0 ? { dropout: [rows, n] } : {};
  },

  merge: (weight, { trainable: { A, B } }, { settings }) => plusProduct(weight, B!, A!, scaling(settings)),

  shapes: ({ m, n, settings: { rank } }) => ({ A: [rank, n], B: [m, rank] }),

  peftConfig(settings, patterns) {
    const { dropout, use_rslora, init, bias } = optionsOf(settings);
    return {
      peft_type: 'LORA',
      r: settings.rank,
      lora_alpha: settings.alpha,
      rank_pattern: patterns.rank,
      alpha_pattern: patterns.alpha,
      lora_dropout: dropout,
      use_rslora,
      init_lora_weights: init === 'default' ? true : init,
      use_dora: false,
      bias,
      lora_bias: false,
      fan_in_fan_out: false,
    };
  },
  peftKeys: { 'lora_A.weight': 'A', 'lora_B.weight': 'B' },
  plain: ({ trainable: { A, B } }, settings) => ({ A: A!, B: B!, settings }),
  loraPlus: ['B'],
};

/** PEFT's `orthogonal_init`: A and B from alternate rows of one orthogonal matrix, so that BA = 0 although neither is. The rank is even. */
function orthogonal(m: number, n: number, rank: number, random: Random): { A: HostTensor; B: HostTensor } {
  const q = orthonormalRows(rank, random);
  const half = rank / 2;
  const mix = (length: number, first: number, at: (item: number, r: number) => number): HostTensor['data'] => {
    const data = new Float32Array(rank * length);
    for (let item = 0; item < length; item++) {
      const z = Array.from({ length: half }, () => random.normal());
      for (let r = 0; r < rank; r++)
        data[at(item, r)] = z.reduce((sum, value, k) => sum + value * q[2 * k + first]![r]!, 0) / 10;
    }
    return data;
  };
  return {
    A: { shape: [rank, n], data: mix(n, 0, (j, r) => r * n + j) },
    B: { shape: [m, rank], data: mix(m, 1, (i, r) => i * rank + r) },
  };
}

/** Gram–Schmidt on Gaussian rows, each row twice, which keeps them orthogonal to rounding. */
function orthonormalRows(size: number, random: Random): number[][] {
  const rows: number[][] = [];
  while (rows.length < size) {
    const row = Array.from({ length: size }, () => random.normal());
    for (const before of [...rows, ...rows]) {
      const dot = before.reduce((sum, value, i) => sum + value * row[i]!, 0);
      for (let i = 0; i < size; i++) row[i]! -= dot * before[i]!;
    }
    const norm = Math.hypot(...row);
    rows.push(row.map((value) => value / norm));
  }
  return rows;
}
