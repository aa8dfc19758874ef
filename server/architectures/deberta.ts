/** DeBERTa-v2 (https://arxiv.org/abs/2006.03654) and v3 (https://arxiv.org/abs/2111.09543): positions relative to each other. */
import { peftDefaults } from './decoder.ts';
import { encoderDiskNames, encoderTasks } from './encoder.ts';
import { badConfig, flag, limits, show, size, wholeNumber } from './fields.ts';
import { countParameters, embedding, linear, norm, other } from './modules.ts';
import { labelsFor, unsupportedTask } from './tasks.ts';
import type { Family, ModelConfig, Module } from './types.ts';

export const deberta: Family = {
  id: 'deberta-v2',
  title: 'DeBERTa-v2, DeBERTa-v3',
  modelTypes: ['deberta-v2'],
  tasks: encoderTasks,
  runs: [],
  table(config, task, numLabels) {
    if (!encoderTasks.some((known) => known === task)) throw unsupportedTask('DeBERTa', task, encoderTasks);
    const c = sizesOf(config);
    const { hidden, positions, relative, vocab } = c;
    const pooler = size(config, 'pooler_hidden_size', limits.hidden, hidden);
    const kernel = wholeNumber(config, 'conv_kernel_size', 0, 1024, 0);
    const at = 'deberta.embeddings';
    const modules: Module[] = [embedding(`${at}.word_embeddings`, vocab, c.width)];
    if (flag(config, 'position_biased_input', true))
      modules.push(embedding(`${at}.position_embeddings`, positions, c.width));
    if (c.types > 0) modules.push(embedding(`${at}.token_type_embeddings`, c.types, c.width));
    if (c.width !== hidden) modules.push(linear(`${at}.embed_proj`, hidden, c.width, false, 'other'));
    modules.push(norm(`${at}.LayerNorm`, hidden, true));
    for (let layer = 0; layer < c.layers; layer++) modules.push(...layerModules(c, layer));
    if (relative > 0) modules.push(embedding('deberta.encoder.rel_embeddings', 2 * relative, hidden));
    if (normsRelative(config)) modules.push(norm('deberta.encoder.LayerNorm', hidden, true));
    if (kernel > 0) {
      const groups = size(config, 'conv_groups', hidden, 1);
      const weight = [hidden, Math.floor(hidden / groups), kernel];
      modules.push(
        other('deberta.encoder.conv.conv', { weight, bias: [hidden] }, 'other'),
        norm('deberta.encoder.conv.LayerNorm', hidden, true),
      );
    }
    modules.push(
      linear('pooler.dense', pooler, pooler, true, 'pooler'),
      linear('classifier', labelsFor(config, task, numLabels), pooler, true, 'task-head'),
    );
    return {
      architecture: 'DebertaV2ForSequenceClassification',
      family: 'deberta-v2',
      modules,
      totalParameters: countParameters(modules),
      ...peftDefaults({
        lora: ['query_proj', 'value_proj'],
        adalora: ['query_proj', 'key_proj', 'value_proj', 'dense'],
        ia3: ['key_proj', 'value_proj', 'output.dense'],
        feedforward: ['output.dense'],
      }),
      basePrefix: 'deberta',
      layers: c.layers,
      shape: { hidden, intermediate: c.intermediate, heads: c.heads, vocab, maxPositions: positions },
    };
  },
  diskNames: (name) => encoderDiskNames('deberta', name),
};

type Sizes = ReturnType<typeof sizesOf>;

function sizesOf(config: ModelConfig) {
  const hidden = size(config, 'hidden_size', limits.hidden);
  const heads = size(config, 'num_attention_heads', limits.heads);
  if (hidden % heads !== 0)
    throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
  const projected = heads * size(config, 'attention_head_size', limits.hidden, hidden / heads);
  if (projected > limits.hidden) throw badConfig('attention_head_size', `times num_attention_heads is ${projected}`);
  const positions = size(config, 'max_position_embeddings', limits.vocab, 512);
  return {
    vocab: size(config, 'vocab_size', limits.vocab),
    hidden,
    heads,
    projected,
    positions,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    types: wholeNumber(config, 'type_vocab_size', 0, limits.vocab, 0),
    width: size(config, 'embedding_size', limits.hidden, hidden),
    relative: relativePositions(config, positions),
    extraKeys: extraKeys(config),
  };
}

/** Half the rows of the table of relative positions; 0 without one. */
function relativePositions(config: ModelConfig, positions: number): number {
  if (!flag(config, 'relative_attention', false)) return 0;
  const buckets = wholeNumber(config, 'position_buckets', -1, limits.vocab, -1);
  if (buckets > 0) return buckets;
  const largest = wholeNumber(config, 'max_relative_positions', -1, limits.vocab, -1);
  return largest > 0 ? largest : positions;
}

/** Projections of positions, where they do not share those of the content. */
function extraKeys(config: ModelConfig): string[] {
  if (!flag(config, 'relative_attention', false) || flag(config, 'share_att_key', false)) return [];
  const given = config.pos_att_type ?? [];
  const kinds: unknown[] = typeof given === 'string' ? given.split('|') : Array.isArray(given) ? given : [given];
  const known = { c2p: 'pos_key_proj', p2c: 'pos_query_proj' };
  for (const kind of kinds)
    if (typeof kind !== 'string') throw badConfig('pos_att_type', `holds ${show(kind)}; it is a list of c2p, p2c`);
  return Object.entries(known).flatMap(([kind, name]) => (kinds.includes(kind) ? [name] : []));
}

const normsRelative = (config: ModelConfig): boolean =>
  typeof config.norm_rel_ebd === 'string' && config.norm_rel_ebd.toLowerCase().split('|').includes('layer_norm');

function layerModules(c: Sizes, layer: number): Module[] {
  const at = `deberta.encoder.layer.${layer}`;
  const dense = (name: string, m: number, n: number, role: Module['role']) =>
    linear(`${at}.${name}`, m, n, true, role, layer);
  const { hidden, intermediate } = c;
  return [
    ...['query_proj', 'key_proj', 'value_proj', ...c.extraKeys].map((name) =>
      dense(`attention.self.${name}`, c.projected, hidden, 'attention'),
    ),
    dense('attention.output.dense', hidden, hidden, 'attention'),
    norm(`${at}.attention.output.LayerNorm`, hidden, true, layer),
    dense('intermediate.dense', intermediate, hidden, 'mlp'),
    dense('output.dense', hidden, intermediate, 'mlp'),
    norm(`${at}.output.LayerNorm`, hidden, true, layer),
  ];
}
