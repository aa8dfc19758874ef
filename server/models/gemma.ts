import * as tf from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { gemma2Config, gemma3Config, gemmaConfig } from '../architectures/gemma.ts';
import { rmsNorm } from '../engine/ops/index.ts';
import { decoderModel } from './decoder.ts';
import { aroundNormBlock, gatedMlp, type Norm, normedHeads, preNormBlock, separateHeads } from './decoder-block.ts';

/** Its weight is stored less 1. */
const norm: Norm = (c, params, at, x) => rmsNorm(x, tf.add(params.tensor(`${at}.weight`), 1), c.eps);
const embeddingScale = ({ hidden }: DecoderConfig): number => Math.sqrt(hidden);

/** Gemma (https://arxiv.org/abs/2403.08295). */
export const gemma = decoderModel({
  id: 'gemma',
  config: gemmaConfig,
  norm,
  embeddingScale,
  block: preNormBlock({ norm, heads: separateHeads, mlp: gatedMlp }),
});

/** Gemma 2 (https://arxiv.org/abs/2408.00118): norms around attention and MLP, windows in every other layer, caps on scores and logits. */
export const gemma2 = decoderModel({
  id: 'gemma2',
  config: gemma2Config,
  norm,
  embeddingScale,
  block: aroundNormBlock({ norm, heads: separateHeads, mlp: gatedMlp }),
});

/** Gemma 3 (https://arxiv.org/abs/2503.19786), text alone: norms of heads in place of the cap on scores; layers with a window turn faster. */
export const gemma3 = decoderModel({
  id: 'gemma3',
  config: gemma3Config,
  norm,
  embeddingScale,
  block: aroundNormBlock({ norm, heads: normedHeads(norm), mlp: gatedMlp }),
});
