/** T5 (https://arxiv.org/abs/1910.10683), v1.1 and Flan-T5 with gated feed-forward layers. Layers are numbered within encoder and decoder. */
import {
  type Activation,
  activation,
  badConfig,
  flag,
  limits,
  padToken,
  positive,
  show,
  size,
  wholeNumber,
} from './fields.ts';
import { countParameters, embedding, linear, norm, peftDefaults } from './modules.ts';
import { demandTask } from './tasks.ts';
import type { Family, ModelConfig, Module } from './types.ts';

const tasks = ['seq2seq'] as const;

export interface T5Config {
  vocab: number;
  hidden: number;
  intermediate: number;
  heads: number;
  /** Outputs of query, key and value. */
  inner: number;
  encoderLayers: number;
  decoderLayers: number;
  /** Rows of the table of distances, and the distance from which all share the last one. */
  buckets: number;
  maxDistance: number;
  gated: boolean;
  activation: Activation;
  eps: number;
  /** The first T5 multiplies the decoder's output by hidden^−½ before its head; v1.1 does not. */
  scaledOutput: boolean;
  padTokenId: number;
  /** What the decoder reads before the first token that it writes. */
  startTokenId: number;
}

export function t5Config(config: ModelConfig): T5Config {
  const vocab = size(config, 'vocab_size', limits.vocab);
  const hidden = size(config, 'd_model', limits.hidden);
  const heads = size(config, 'num_heads', limits.heads);
  const inner = heads * size(config, 'd_kv', limits.hidden, 64);
  if (inner > limits.hidden) throw badConfig('d_kv', `times num_heads is ${inner}, above ${limits.hidden}`);
  const encoderLayers = size(config, 'num_layers', limits.layers);
  const padTokenId = padToken(config, vocab, 0) ?? 0;
  return {
    vocab,
    hidden,
    intermediate: size(config, 'd_ff', limits.intermediate),
    heads,
    inner,
    encoderLayers,
    decoderLayers: size(config, 'num_decoder_layers', limits.layers, encoderLayers),
    buckets: size(config, 'relative_attention_num_buckets', limits.vocab, 32),
    maxDistance: size(config, 'relative_attention_max_distance', limits.positions, 128),
    ...feedForward(config),
    eps: positive(config, 'layer_norm_epsilon', 1e-6),
    scaledOutput: flag(config, 'scale_decoder_outputs', config.tie_word_embeddings !== false),
    padTokenId,
    startTokenId: wholeNumber(config, 'decoder_start_token_id', 0, vocab - 1, padTokenId),
  };
}

/** `feed_forward_proj` is the name of an activation, or that behind "gated-"; "gated-gelu" is its tanh form. */
function feedForward(config: ModelConfig): Pick<T5Config, 'gated' | 'activation'> {
  const name = config.feed_forward_proj ?? 'relu';
  if (typeof name !== 'string') throw badConfig('feed_forward_proj', `must be a name, not ${show(name)}`);
  const gated = name.startsWith('gated-');
  const plain = name === 'gated-gelu' ? 'gelu_new' : name.slice(gated ? 'gated-'.length : 0);
  return { gated, activation: activation({ feed_forward_proj: plain }, 'feed_forward_proj', 'relu') };
}

export const t5: Family = {
  id: 't5',
  title: 'T5, T5 v1.1, Flan-T5',
  modelTypes: ['t5'],
  tasks,
  runs: tasks,
  table(config, task) {
    demandTask('T5', task, tasks);
    const s = t5Config(config);
    const { vocab, hidden, intermediate, heads, encoderLayers, decoderLayers } = s;
    // transformers 5 always ties the three to `shared`, whatever `tie_word_embeddings` says.
    const tied = (module: Module): Module => ({ ...module, tiedTo: 'shared' });
    const modules: Module[] = [
      embedding('shared', vocab, hidden),
      tied(embedding('encoder.embed_tokens', vocab, hidden)),
      ...stack('encoder', s, encoderLayers, ['SelfAttention']),
      tied(embedding('decoder.embed_tokens', vocab, hidden)),
      ...stack('decoder', s, decoderLayers, ['SelfAttention', 'EncDecAttention']),
      tied(linear('lm_head', vocab, hidden, false, 'output-head')),
    ];
    return {
      architecture: 'T5ForConditionalGeneration',
      family: 't5',
      modules,
      totalParameters: countParameters(modules),
      ...peftDefaults({
        lora: ['q', 'v'],
        adalora: ['q', 'k', 'v', 'o', 'wi', 'wo'],
        ia3: ['k', 'v', 'wo'],
        feedforward: ['wo'],
      }),
      basePrefix: '',
      layers: Math.max(encoderLayers, decoderLayers),
      // No table of positions bounds the length.
      shape: {
        hidden,
        intermediate,
        heads,
        vocab,
        maxPositions: limits.positions,
        depth: encoderLayers + decoderLayers,
      },
    };
  },
  diskNames: (name) => [name],
};

function stack(side: string, s: T5Config, layers: number, attentions: readonly string[]): Module[] {
  const modules: Module[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const block = `${side}.block.${layer}.layer`;
    attentions.forEach((attention, i) => {
      const project = (name: string, m: number, n: number) =>
        linear(`${block}.${i}.${attention}.${name}`, m, n, false, 'attention', layer);
      for (const name of ['q', 'k', 'v']) modules.push(project(name, s.inner, s.hidden));
      modules.push(project('o', s.hidden, s.inner));
      // The first block's table serves all of them.
      if (layer === 0 && i === 0)
        modules.push(embedding(`${block}.0.${attention}.relative_attention_bias`, s.buckets, s.heads, layer));
      modules.push(norm(`${block}.${i}.layer_norm`, s.hidden, false, layer));
    });
    const at = `${block}.${attentions.length}`;
    for (const name of s.gated ? ['wi_0', 'wi_1'] : ['wi'])
      modules.push(linear(`${at}.DenseReluDense.${name}`, s.intermediate, s.hidden, false, 'mlp', layer));
    modules.push(
      linear(`${at}.DenseReluDense.wo`, s.hidden, s.intermediate, false, 'mlp', layer),
      norm(`${at}.layer_norm`, s.hidden, false, layer),
    );
  }
  modules.push(norm(`${side}.final_layer_norm`, s.hidden, false));
  return modules;
}
