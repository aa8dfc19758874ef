/** GPT-2: its linear layers (Conv1D) store Wᵀ. */
import { decoderFamily, decoderTasks } from './decoder.ts';
import { type Activation, activation, badConfig, flag, headSizes, limits, padToken, positive, size } from './fields.ts';
import { conv1d, embedding, norm } from './modules.ts';
import type { ModelConfig } from './types.ts';

export interface Gpt2Config {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  headDim: number;
  maxPositions: number;
  /** Added to the variance in LayerNorm. */
  eps: number;
  activation: Activation;
  /** Whether attention scores are divided by √headDim, and whether by the number of the layer, from 1. */
  scaled: boolean;
  scaledByLayer: boolean;
  /** Where the config names a token of the vocabulary. */
  padTokenId: number | undefined;
  tie: boolean;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' GPT2Config. */
export function gpt2Config(config: ModelConfig): Gpt2Config {
  const { hidden, heads, headDim } = headSizes(config, 'n_embd', 'n_head');
  if (flag(config, 'add_cross_attention', false))
    throw badConfig('add_cross_attention', 'is true', 'A decoder that attends to an encoder is not supported.');
  const vocab = size(config, 'vocab_size', limits.vocab);
  return {
    vocab,
    hidden,
    intermediate: size(config, 'n_inner', limits.intermediate, 4 * hidden),
    layers: size(config, 'n_layer', limits.layers),
    heads,
    headDim,
    maxPositions: size(config, 'n_positions', limits.vocab, 1024),
    eps: positive(config, 'layer_norm_epsilon', 1e-5),
    activation: activation(config, 'activation_function', 'gelu_tanh'),
    scaled: flag(config, 'scale_attn_weights', true),
    scaledByLayer: flag(config, 'scale_attn_by_inverse_layer_idx', false),
    padTokenId: padToken(config, vocab),
    tie: flag(config, 'tie_word_embeddings', true),
  };
}

export const gpt2 = decoderFamily({
  id: 'gpt2',
  title: 'GPT-2',
  modelTypes: ['gpt2'],
  classes: ['GPT2LMHeadModel', 'GPT2ForSequenceClassification'],
  basePrefix: 'transformer',
  runs: decoderTasks,
  targets: { lora: ['c_attn'], ia3: ['c_attn', 'mlp.c_proj'], feedforward: ['mlp.c_proj'] },
  body(config) {
    const { vocab, hidden, intermediate, layers, heads, maxPositions, tie } = gpt2Config(config);
    const modules = [embedding('transformer.wte', vocab, hidden), embedding('transformer.wpe', maxPositions, hidden)];
    for (let layer = 0; layer < layers; layer++) {
      const at = `transformer.h.${layer}`;
      modules.push(
        norm(`${at}.ln_1`, hidden, true, layer),
        conv1d(`${at}.attn.c_attn`, 3 * hidden, hidden, 'attention', layer),
        conv1d(`${at}.attn.c_proj`, hidden, hidden, 'attention', layer),
        norm(`${at}.ln_2`, hidden, true, layer),
        conv1d(`${at}.mlp.c_fc`, intermediate, hidden, 'mlp', layer),
        conv1d(`${at}.mlp.c_proj`, hidden, intermediate, 'mlp', layer),
      );
    }
    modules.push(norm('transformer.ln_f', hidden, true));
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'transformer.wte', tie, width: hidden, layers, shape };
  },
});
