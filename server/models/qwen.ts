import { qwen2Config, qwen3Config } from '../architectures/qwen.ts';
import { decoderModel } from './decoder.ts';
import { gatedMlp, llamaNorm, normedHeads, preNormBlock, separateHeads } from './decoder-block.ts';

/** Qwen2 and Qwen2.5 (https://arxiv.org/abs/2407.10671): biases in query, key and value; upper layers may have a window. */
export const qwen2 = decoderModel({
  id: 'qwen2',
  config: qwen2Config,
  norm: llamaNorm,
  block: preNormBlock({ norm: llamaNorm, heads: separateHeads, mlp: gatedMlp }),
});

/** Qwen3 (https://arxiv.org/abs/2505.09388): each head of queries and keys is normed. */
export const qwen3 = decoderModel({
  id: 'qwen3',
  config: qwen3Config,
  norm: llamaNorm,
  block: preNormBlock({ norm: llamaNorm, heads: normedHeads(llamaNorm), mlp: gatedMlp }),
});
