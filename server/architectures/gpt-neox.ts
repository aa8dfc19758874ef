/** GPT-NeoX (https://arxiv.org/abs/2204.06745) and Pythia (https://arxiv.org/abs/2304.01373): query, key and value in one matrix, head by head. */
import { decoderFamily, decoderTasks, withoutPrefix } from './decoder.ts';
import { type Activation, activation, badConfig, flag, headSizes, limits, padToken, positive, size } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import { type Rope, ropeConfig } from './rope.ts';
import type { ModelConfig } from './types.ts';

export interface GptNeoxConfig {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  headDim: number;
  /** The first channels of each head, which turn with the position. */
  rotaryDim: number;
  rope: Rope;
  maxPositions: number;
  /** Added to the variance in LayerNorm. */
  eps: number;
  activation: Activation;
  attentionBias: boolean;
  /** Attention and feed-forward block read the same hidden state, and both are added to it. */
  parallel: boolean;
  /** Where the config names a token of the vocabulary. */
  padTokenId: number | undefined;
  tie: boolean;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' GPTNeoXConfig. */
export function gptNeoxConfig(config: ModelConfig): GptNeoxConfig {
  const vocab = size(config, 'vocab_size', limits.vocab);
  const { hidden, heads, headDim } = headSizes(config);
  const maxPositions = size(config, 'max_position_embeddings', limits.positions, 2048);
  return {
    vocab,
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    headDim,
    rotaryDim: rotaryDim(config, headDim),
    // The names of transformers 4.
    rope: ropeConfig({ ...config, rope_theta: config.rotary_emb_base ?? config.rope_theta }, maxPositions),
    maxPositions,
    eps: positive(config, 'layer_norm_eps', 1e-5),
    activation: activation(config, 'hidden_act', 'gelu'),
    attentionBias: flag(config, 'attention_bias', true),
    parallel: flag(config, 'use_parallel_residual', true),
    padTokenId: padToken(config, vocab),
    tie: flag(config, 'tie_word_embeddings', false),
  };
}

/** `rotary_pct` in transformers 4, `partial_rotary_factor` among the rope parameters in 5. */
function rotaryDim(config: ModelConfig, headDim: number): number {
  const rope = (config.rope_scaling || config.rope_parameters || {}) as ModelConfig;
  const field = rope.partial_rotary_factor === undefined ? 'rotary_pct' : 'partial_rotary_factor';
  const part = positive({ rotary_pct: config.rotary_pct, ...rope }, field, 0.25);
  const channels = Math.trunc(headDim * part);
  if (part <= 1 && channels > 0 && channels % 2 === 0) return channels;
  throw badConfig(
    field,
    `is ${part}: of ${headDim} channels a head, ${channels} would turn; it must be an even number`,
  );
}

export const gptNeox = decoderFamily({
  id: 'gpt_neox',
  title: 'GPT-NeoX, Pythia',
  modelTypes: ['gpt_neox'],
  classes: ['GPTNeoXForCausalLM', 'GPTNeoXForSequenceClassification'],
  basePrefix: 'gpt_neox',
  runs: decoderTasks,
  targets: {
    lora: ['query_key_value'],
    ia3: ['query_key_value', 'dense_4h_to_h'],
    feedforward: ['dense_4h_to_h'],
  },
  storedHead: 'embed_out',
  body(config) {
    const {
      vocab,
      hidden,
      intermediate,
      layers,
      heads,
      attentionBias: bias,
      maxPositions,
      tie,
    } = gptNeoxConfig(config);
    const modules = [embedding('gpt_neox.embed_in', vocab, hidden)];
    for (let layer = 0; layer < layers; layer++) {
      const at = `gpt_neox.layers.${layer}`;
      modules.push(
        norm(`${at}.input_layernorm`, hidden, true, layer),
        norm(`${at}.post_attention_layernorm`, hidden, true, layer),
        linear(`${at}.attention.query_key_value`, 3 * hidden, hidden, bias, 'attention', layer),
        linear(`${at}.attention.dense`, hidden, hidden, bias, 'attention', layer),
        linear(`${at}.mlp.dense_h_to_4h`, intermediate, hidden, true, 'mlp', layer),
        linear(`${at}.mlp.dense_4h_to_h`, hidden, intermediate, true, 'mlp', layer),
      );
    }
    modules.push(norm('gpt_neox.final_layer_norm', hidden, true));
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'gpt_neox.embed_in', tie, width: hidden, layers, shape };
  },
  diskNames: (name) =>
    name.startsWith('lm_head.') ? [name.replace('lm_head', 'embed_out'), name] : withoutPrefix('gpt_neox', name),
});
