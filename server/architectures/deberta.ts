/** DeBERTa-v2 (https://arxiv.org/abs/2006.03654) and v3 (https://arxiv.org/abs/2111.09543): positions relative to each other. */
import { encoderFamily } from './encoder-family.ts';
import {
  type Activation,
  activation,
  badConfig,
  flag,
  headSizes,
  limits,
  positive,
  show,
  size,
  wholeNumber,
} from './fields.ts';
import { embedding, linear, norm, other } from './modules.ts';
import type { ModelConfig, Module } from './types.ts';

export const deberta = encoderFamily({
  id: 'deberta-v2',
  title: 'DeBERTa-v2, DeBERTa-v3',
  architecture: 'DebertaV2ForSequenceClassification',
  basePrefix: 'deberta',
  targets: {
    lora: ['query_proj', 'value_proj'],
    adalora: ['query_proj', 'key_proj', 'value_proj', 'dense'],
    ia3: ['key_proj', 'value_proj', 'output.dense'],
    feedforward: ['output.dense'],
  },
  body(config, labels) {
    const c = debertaConfig(config);
    const { hidden, positions, relative, vocab, conv } = c;
    const at = 'deberta.embeddings';
    const modules: Module[] = [embedding(`${at}.word_embeddings`, vocab, c.width)];
    if (c.absolute) modules.push(embedding(`${at}.position_embeddings`, positions, c.width));
    if (c.types > 0) modules.push(embedding(`${at}.token_type_embeddings`, c.types, c.width));
    if (c.width !== hidden) modules.push(linear(`${at}.embed_proj`, hidden, c.width, false, 'other'));
    modules.push(norm(`${at}.LayerNorm`, hidden, true));
    for (let layer = 0; layer < c.layers; layer++) modules.push(...layerModules(c, layer));
    if (relative) modules.push(embedding('deberta.encoder.rel_embeddings', 2 * relative.span, hidden));
    if (c.normsRelative) modules.push(norm('deberta.encoder.LayerNorm', hidden, true));
    if (conv) {
      const weight = [hidden, hidden / conv.groups, conv.kernel];
      modules.push(
        other('deberta.encoder.conv.conv', { weight, bias: [hidden] }, 'other'),
        norm('deberta.encoder.conv.LayerNorm', hidden, true),
      );
    }
    modules.push(
      linear('pooler.dense', hidden, hidden, true, 'pooler'),
      linear('classifier', labels, hidden, true, 'task-head'),
    );
    const { intermediate, heads, layers } = c;
    const shape = { hidden, intermediate, heads, vocab, maxPositions: positions };
    return { modules, layers, shape: { ...shape, ...(relative && { relative: true }) } };
  },
});

/** How far apart two tokens are, as the attention sees it. */
export interface RelativeConfig {
  /** Half the rows of the table: distances are cut to −span … span − 1. */
  span: number;
  /** Beyond half of so many distances, those in between share a row, ever more of them; 0: each has its own. */
  buckets: number;
  /** The distance at which the last bucket begins to be cut. */
  largest: number;
  /** Positions go through the projections of the content. */
  shared: boolean;
}

export interface DebertaConfig {
  vocab: number;
  /** Of the embeddings; other than `hidden` it is projected. */
  width: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  positions: number;
  /** Absolute positions are added to the tokens. */
  absolute: boolean;
  types: number;
  relative?: RelativeConfig;
  /** The table of relative positions is normalised; without a table the norm stands unused. */
  normsRelative: boolean;
  /** Products that the scores add up beside that of the contents; without `relative` they count in the scale alone. */
  terms: ReadonlySet<PositionTerm>;
  conv?: { kernel: number; groups: number; activation: Activation };
  padTokenId: number;
  eps: number;
  activation: Activation;
  poolerActivation: Activation;
}

/** Content of the query to position of the key, and position of the query to content of the key. */
export type PositionTerm = 'c2p' | 'p2c';

/** Throws `bad-config` naming the first wrong field, also where sizes are possible that transformers cannot run. */
export function debertaConfig(config: ModelConfig): DebertaConfig {
  const { hidden, heads, headDim } = headSizes(config);
  const headSize = size(config, 'attention_head_size', limits.hidden, headDim);
  if (headSize * heads !== hidden)
    throw badConfig(
      'attention_head_size',
      `times num_attention_heads is ${headSize * heads}, not hidden_size (${hidden})`,
    );
  const pooler = size(config, 'pooler_hidden_size', limits.hidden, hidden);
  if (pooler !== hidden) throw badConfig('pooler_hidden_size', `is ${pooler}, not hidden_size (${hidden})`);
  const vocab = size(config, 'vocab_size', limits.vocab);
  const positions = size(config, 'max_position_embeddings', limits.vocab, 512);
  const relative = relativeConfig(config, positions);
  const conv = convConfig(config, hidden);
  return {
    vocab,
    width: size(config, 'embedding_size', limits.hidden, hidden),
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    positions,
    absolute: flag(config, 'position_biased_input', true),
    types: wholeNumber(config, 'type_vocab_size', 0, limits.vocab, 0),
    ...(relative && { relative }),
    normsRelative: wordsOf(config, 'norm_rel_ebd').includes('layer_norm'),
    terms: positionTerms(config),
    ...(conv && { conv }),
    padTokenId: wholeNumber(config, 'pad_token_id', 0, vocab - 1, 0),
    eps: positive(config, 'layer_norm_eps', 1e-7),
    activation: activation(config, 'hidden_act', 'gelu'),
    poolerActivation: activation(config, 'pooler_hidden_act', 'gelu'),
  };
}

function relativeConfig(config: ModelConfig, positions: number): RelativeConfig | undefined {
  if (!flag(config, 'relative_attention', false)) return undefined;
  const given = wholeNumber(config, 'max_relative_positions', -1, limits.vocab, -1);
  const largest = given > 0 ? given : positions;
  const buckets = Math.max(0, wholeNumber(config, 'position_buckets', -1, limits.vocab, -1));
  if (buckets === 1) throw badConfig('position_buckets', 'is 1; it is −1, or at least 2');
  return { span: buckets || largest, buckets, largest, shared: flag(config, 'share_att_key', false) };
}

function convConfig(config: ModelConfig, hidden: number): DebertaConfig['conv'] {
  const kernel = wholeNumber(config, 'conv_kernel_size', 0, 1024, 0);
  if (kernel === 0) return undefined;
  if (kernel % 2 === 0) throw badConfig('conv_kernel_size', `is ${kernel}; it must be odd`);
  const groups = size(config, 'conv_groups', hidden, 1);
  if (hidden % groups !== 0) throw badConfig('conv_groups', `(${groups}) does not divide hidden_size (${hidden})`);
  return { kernel, groups, activation: activation(config, 'conv_act', 'tanh') };
}

function positionTerms(config: ModelConfig): DebertaConfig['terms'] {
  const given = config.pos_att_type ?? [];
  const kinds: unknown[] = Array.isArray(given) ? given : wordsOf(config, 'pos_att_type');
  for (const kind of kinds)
    if (typeof kind !== 'string') throw badConfig('pos_att_type', `holds ${show(kind)}; it is a list of c2p, p2c`);
  return new Set((['c2p', 'p2c'] as const).filter((term) => kinds.includes(term)));
}

/** "C2P|p2c" as [c2p, p2c]; [] where the field is absent or no text. */
function wordsOf(config: ModelConfig, field: string): string[] {
  const value = config[field];
  return typeof value === 'string'
    ? value
        .toLowerCase()
        .split('|')
        .map((word) => word.trim())
    : [];
}

/** Projections of positions, where they do not share those of the content. */
function extraKeys({ relative, terms }: DebertaConfig): string[] {
  if (!relative || relative.shared) return [];
  return [...(terms.has('c2p') ? ['pos_key_proj'] : []), ...(terms.has('p2c') ? ['pos_query_proj'] : [])];
}

function layerModules(c: DebertaConfig, layer: number): Module[] {
  const at = `deberta.encoder.layer.${layer}`;
  const dense = (name: string, m: number, n: number, role: Module['role']) =>
    linear(`${at}.${name}`, m, n, true, role, layer);
  const { hidden, intermediate } = c;
  return [
    ...['query_proj', 'key_proj', 'value_proj', ...extraKeys(c)].map((name) =>
      dense(`attention.self.${name}`, hidden, hidden, 'attention'),
    ),
    dense('attention.output.dense', hidden, hidden, 'attention'),
    norm(`${at}.attention.output.LayerNorm`, hidden, true, layer),
    dense('intermediate.dense', intermediate, hidden, 'mlp'),
    dense('output.dense', hidden, intermediate, 'mlp'),
    norm(`${at}.output.LayerNorm`, hidden, true, layer),
  ];
}
