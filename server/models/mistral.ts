import { mistralConfig } from '../architectures/mistral.ts';
import { decoderModel } from './decoder.ts';
import { gatedMlp, llamaNorm, preNormBlock, separateHeads } from './decoder-block.ts';

/** Mistral (Jiang et al., https://arxiv.org/abs/2310.06825): Llama's blocks; queries see a window. */
export const mistral = decoderModel({
  id: 'mistral',
  config: mistralConfig,
  norm: llamaNorm,
  block: preNormBlock({ norm: llamaNorm, heads: separateHeads, mlp: gatedMlp }),
});
