/** T5 (https://arxiv.org/abs/1910.10683), v1.1 and Flan-T5 with gated feed-forward layers. Layers are numbered within encoder and decoder. */
import { badConfig, limits, show, size } from './fields.ts';
import { countParameters, embedding, linear, norm, peftDefaults } from './modules.ts';
import { demandTask } from './tasks.ts';
import type { Family, Module } from './types.ts';

const tasks = ['seq2seq'] as const;

interface Sizes {
  hidden: number;
  intermediate: number;
  heads: number;
  /** Outputs of query, key and value. */
  inner: number;
  buckets: number;
  gated: boolean;
}

export const t5: Family = {
  id: 't5',
  title: 'T5',
  modelTypes: ['t5'],
  tasks,
  runs: [],
  table(config, task) {
    demandTask('T5', task, tasks);
    const vocab = size(config, 'vocab_size', limits.vocab);
    const hidden = size(config, 'd_model', limits.hidden);
    const heads = size(config, 'num_heads', limits.heads);
    const inner = heads * size(config, 'd_kv', limits.hidden, 64);
    if (inner > limits.hidden) throw badConfig('d_kv', `times num_heads is ${inner}, above ${limits.hidden}`);
    const intermediate = size(config, 'd_ff', limits.intermediate);
    const buckets = size(config, 'relative_attention_num_buckets', limits.vocab, 32);
    const feedForward = config.feed_forward_proj ?? 'relu';
    if (typeof feedForward !== 'string')
      throw badConfig('feed_forward_proj', `must be a name, not ${show(feedForward)}`);
    const s: Sizes = { hidden, intermediate, heads, inner, buckets, gated: feedForward.startsWith('gated-') };
    const encoderLayers = size(config, 'num_layers', limits.layers);
    const decoderLayers = size(config, 'num_decoder_layers', limits.layers, encoderLayers);
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

function stack(side: string, s: Sizes, layers: number, attentions: readonly string[]): Module[] {
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
