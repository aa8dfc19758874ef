/**
 * OFT: W·Rᵀ, R block-diagonal and orthogonal. Qiu et al. 2023, https://arxiv.org/abs/2306.07280; the input is turned, not W, as in OFTv2 (Qiu
 * et al. 2025, https://arxiv.org/abs/2506.19847). Forms, key names and configuration are those of Hugging Face PEFT 0.21.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { blockRotate, cayley, cayleySeries, skewFromUpper } from '../engine/ops/index.ts';
import { oftBlock, oftBlocks } from '../methods/oft.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { draw } from './factors.ts';
import { cayleyBlock, seriesBlock, skewBlocks, turnedBack } from './rotation.ts';
import type { MatrixAdapter, MatrixSite } from './types.ts';

interface OftOptions {
  block_size?: number;
  block_share: boolean;
  use_cayley_neumann: boolean;
  num_cayley_neumann_terms: number;
  coft: boolean;
  eps: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as OftOptions;

const shapeOf = (site: Pick<MatrixSite, 'n' | 'settings'>): [number, number] => {
  const b = oftBlock(site, site.settings);
  return [oftBlocks(site, site.settings), (b * (b - 1)) / 2];
};

export const oft: MatrixAdapter = {
  init: (site) => ({ trainable: { R: draw(shapeOf(site), () => 0) }, frozen: {} }),

  // PEFT shortens before it computes: an adapter that it saved may hold what its last step left.
  restore(site, { R }) {
    shorten(R!, site.settings);
    return { trainable: { R: R! }, frozen: {} };
  },

  settle: ({ trainable: { R } }, { settings }) => shorten(R!, settings),

  forward(x, { base, tensors: { R }, settings }) {
    const b = oftBlock({ n: x.shape[1]! }, settings);
    return base(blockRotate(x, rotations(R!, b, settings)));
  },

  merge(weight, { trainable: { R } }, site) {
    const [m, n] = weight.shape as [number, number];
    const b = oftBlock(site, site.settings);
    const { use_cayley_neumann, num_cayley_neumann_terms: terms } = optionsOf(site.settings);
    const blocks = skewBlocks(R!, b).map((q) => (use_cayley_neumann ? seriesBlock(q, b, terms) : cayleyBlock(q, b)));
    return { shape: [m, n], data: Float32Array.from(turnedBack(Float64Array.from(weight.data), n, blocks, b)) };
  },

  shapes: (site) => ({ R: shapeOf(site) }),

  peftConfig(settings) {
    const { block_size: _, ...options } = optionsOf(settings);
    return {
      peft_type: 'OFT',
      // Without it PEFT takes a series for one of before 0.18, which was another.
      peft_version: '0.21.0',
      r: settings.rank,
      oft_block_size: settings.rank > 0 ? 0 : oftBlock({ n: 0 }, settings),
      ...options,
      module_dropout: 0,
      init_weights: true,
      bias: 'none',
      fan_in_fan_out: false,
    };
  },
  peftKeys: { 'oft_R.weight': 'R' },
};

/** upper: [count, b(b−1)/2] -> [count, b, b]. */
function rotations(upper: Tensor, b: number, settings: MatrixSettings): Tensor {
  const { use_cayley_neumann, num_cayley_neumann_terms: terms } = optionsOf(settings);
  const Q = skewFromUpper(upper, b);
  return use_cayley_neumann ? cayleySeries(Q, terms) : cayley(Q);
}

/** `coft`: each block's Q, in the Frobenius norm of the whole matrix, to at most eps / √count. In place; what is within rounding of that stays. */
function shorten({ shape, data }: HostTensor, settings: MatrixSettings): void {
  const { coft, eps } = optionsOf(settings);
  if (!coft) return;
  const [count, width] = shape as [number, number];
  const limit = eps / Math.sqrt(count);
  for (let at = 0; at < data.length; at += width) {
    const block = data.subarray(at, at + width);
    const norm = Math.SQRT2 * Math.hypot(...block);
    if (norm > limit * (1 + 1e-6)) for (let i = 0; i < width; i++) block[i]! *= limit / norm;
  }
}
