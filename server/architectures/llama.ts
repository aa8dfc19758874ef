/** Llama (https://arxiv.org/abs/2302.13971; grouped-query attention: https://arxiv.org/abs/2305.13245). */
import { type Activation, activation, badConfig, flag, limits, positive, size } from './fields.ts';
import { countParameters, embedding, linear, norm } from './modules.ts';
import { type Rope, ropeConfig } from './rope.ts';
import { unsupportedTask } from './tasks.ts';
import type { Family, ModelConfig, Module } from './types.ts';

export interface LlamaConfig {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  /** Heads of keys and values; each serves heads / kvHeads query heads. */
  kvHeads: number;
  headDim: number;
  maxPositions: number;
  /** Added to the mean square in RMSNorm. */
  eps: number;
  activation: Activation;
  /** lm_head shares the embedding's weight. */
  tie: boolean;
  attentionBias: boolean;
  mlpBias: boolean;
  rope: Rope;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' LlamaConfig. */
export function llamaConfig(config: ModelConfig): LlamaConfig {
  const hidden = size(config, 'hidden_size', limits.hidden);
  const heads = size(config, 'num_attention_heads', limits.heads);
  const kvHeads = size(config, 'num_key_value_heads', limits.heads, heads);
  const maxPositions = size(config, 'max_position_embeddings', limits.positions, 2048);
  if (hidden % heads !== 0)
    throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
  if (heads % kvHeads !== 0)
    throw badConfig('num_key_value_heads', `(${kvHeads}) does not divide num_attention_heads (${heads})`);
  const headDim = size(config, 'head_dim', limits.hidden, hidden / heads);
  if (headDim % 2 !== 0) throw badConfig('head_dim', `is ${headDim}; rotary positions need an even number`);
  if (heads * headDim > limits.hidden)
    throw badConfig('head_dim', `is ${headDim}; times num_attention_heads it is above ${limits.hidden}`);
  return {
    vocab: size(config, 'vocab_size', limits.vocab),
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    kvHeads,
    headDim,
    maxPositions,
    eps: positive(config, 'rms_norm_eps', 1e-6),
    activation: activation(config, 'hidden_act', 'silu'),
    tie: flag(config, 'tie_word_embeddings', false),
    attentionBias: flag(config, 'attention_bias', false),
    mlpBias: flag(config, 'mlp_bias', false),
    rope: ropeConfig(config, maxPositions),
  };
}

export const llama: Family = {
  id: 'llama',
  modelTypes: ['llama'],

  table(config, task) {
    if (task !== 'causal-lm') throw unsupportedTask('Llama', task, ['causal-lm']);
    const c = llamaConfig(config);
    const modules: Module[] = [embedding('model.embed_tokens', c.vocab, c.hidden)];
    for (let layer = 0; layer < c.layers; layer++) modules.push(...layerModules(c, layer));
    modules.push(norm('model.norm', c.hidden, false));
    const head = linear('lm_head', c.vocab, c.hidden, false, 'output-head');
    modules.push(c.tie ? { ...head, tiedTo: 'model.embed_tokens' } : head);
    return {
      architecture: 'LlamaForCausalLM',
      family: 'llama',
      modules,
      totalParameters: countParameters(modules),
      defaultTargets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'down_proj'] },
      defaultOptions: { ia3: { feedforward_modules: ['down_proj'] } },
      basePrefix: 'model',
      layers: c.layers,
      shape: {
        hidden: c.hidden,
        intermediate: c.intermediate,
        heads: c.heads,
        vocab: c.vocab,
        maxPositions: c.maxPositions,
      },
    };
  },

  diskNames(name) {
    // A checkpoint saved from the bare LlamaModel lacks the prefix.
    return name.startsWith('model.') ? [name, name.slice('model.'.length)] : [name];
  },
};

function layerModules(c: LlamaConfig, layer: number): Module[] {
  const at = `model.layers.${layer}`;
  const attention = (name: string, m: number, n: number) =>
    linear(`${at}.self_attn.${name}`, m, n, c.attentionBias, 'attention', layer);
  const mlp = (name: string, m: number, n: number) => linear(`${at}.mlp.${name}`, m, n, c.mlpBias, 'mlp', layer);
  const queries = c.heads * c.headDim;
  const keys = c.kvHeads * c.headDim;
  return [
    attention('q_proj', queries, c.hidden),
    attention('k_proj', keys, c.hidden),
    attention('v_proj', keys, c.hidden),
    attention('o_proj', c.hidden, queries),
    mlp('gate_proj', c.intermediate, c.hidden),
    mlp('up_proj', c.intermediate, c.hidden),
    mlp('down_proj', c.hidden, c.intermediate),
    norm(`${at}.input_layernorm`, c.hidden, false, layer),
    norm(`${at}.post_attention_layernorm`, c.hidden, false, layer),
  ];
}
