import { llamaConfig } from '../architectures/llama.ts';
import { decoderModel } from './decoder.ts';
import { gatedMlp, llamaNorm, preNormBlock, separateHeads } from './decoder-block.ts';

/** Llama (Touvron et al., https://arxiv.org/abs/2302.13971): pre-norm blocks, rotary positions, grouped queries, gated MLP. */
export const llama = decoderModel({
  id: 'llama',
  config: llamaConfig,
  norm: llamaNorm,
  block: preNormBlock({ norm: llamaNorm, heads: separateHeads, mlp: gatedMlp }),
});
