/**
 * BOFT: diag(s)·W·(B₍f₋₁₎·…·B₀)ᵀ, B butterfly factors. Liu et al. 2024, https://arxiv.org/abs/2311.06243. The order of blocks, key names and
 * configuration are those of Hugging Face PEFT 0.21.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { sizeOf } from '../base/tensor.ts';
import { butterflyRotate, cayley, scaleColumns, skewPart } from '../engine/ops/index.ts';
import { boftBlock, boftShape } from '../methods/boft.ts';
import { cayleyBlock, skewParts, turnedBack } from './rotation.ts';
import type { MatrixAdapter } from './types.ts';

export const boft: MatrixAdapter = {
  init(site) {
    const shape = boftShape(site, site.settings);
    const R: HostTensor = { shape, data: new Float32Array(sizeOf(shape)) };
    return { trainable: { R, s: { shape: [site.m, 1], data: new Float32Array(site.m).fill(1) } }, frozen: {} };
  },

  restore: (_site, { R, s }) => ({ trainable: { R: R!, s: s! }, frozen: {} }),

  forward(x, { base, tensors: { R, s } }) {
    const [f, blocks, b] = R!.shape as [number, number, number, number];
    const turns = cayley(skewPart(tf.reshape(R!, [f * blocks, b, b])));
    const y = base(butterflyRotate(x, tf.reshape(turns, [f, blocks, b, b])));
    return scaleColumns(y, s!);
  },

  merge(weight, { trainable: { R, s } }, site) {
    const [m, n] = weight.shape as [number, number];
    const b = boftBlock(site, site.settings);
    const blocks = skewParts(R!.data, b).map((q) => cayleyBlock(q, b));
    let turned: Float64Array = Float64Array.from(weight.data);
    for (let i = 0; i < R!.shape[0]!; i++)
      turned = turnedBack(turned, n, blocks.slice((i * n) / b, ((i + 1) * n) / b), b, 2 ** i);
    return { shape: [m, n], data: Float32Array.from(turned, (value, at) => value * s!.data[Math.floor(at / n)]!) };
  },

  shapes: (site) => ({ R: boftShape(site, site.settings), s: [site.m, 1] }),

  peftConfig({ options }) {
    return {
      peft_type: 'BOFT',
      boft_block_size: options.block_size ?? 0,
      boft_block_num: options.blocks ?? 0,
      boft_n_butterfly_factor: options.butterfly_factors,
      boft_dropout: 0,
      init_weights: true,
      bias: 'none',
      fan_in_fan_out: false,
    };
  },
  peftKeys: { boft_R: 'R', boft_s: 's' },
};
