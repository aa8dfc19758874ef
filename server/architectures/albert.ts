/** ALBERT (https://arxiv.org/abs/1909.11942): all layers of a group share their weights, which stand in the table once. */
import { encoderFamily } from './encoder-family.ts';
import { type Activation, activation, headSizes, limits, positive, size, wholeNumber } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import type { ModelConfig, Module } from './types.ts';

export interface AlbertConfig {
  vocab: number;
  /** Of the embeddings, which are projected to `hidden`. */
  width: number;
  hidden: number;
  intermediate: number;
  /** Groups that run one after the other, each again and again. */
  layers: number;
  groups: number;
  /** Layers with weights of their own in a group. */
  inner: number;
  heads: number;
  positions: number;
  types: number;
  padTokenId: number;
  eps: number;
  activation: Activation;
}

/** Throws `bad-config` naming the first wrong field. */
export function albertConfig(config: ModelConfig): AlbertConfig {
  const vocab = size(config, 'vocab_size', limits.vocab);
  const { hidden, heads } = headSizes(config);
  const groups = size(config, 'num_hidden_groups', limits.layers, 1);
  return {
    vocab,
    width: size(config, 'embedding_size', limits.hidden, 128),
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    groups,
    inner: size(config, 'inner_group_num', Math.floor(limits.layers / groups), 1),
    heads,
    positions: size(config, 'max_position_embeddings', limits.vocab, 512),
    types: size(config, 'type_vocab_size', limits.vocab, 2),
    padTokenId: wholeNumber(config, 'pad_token_id', 0, vocab - 1, 0),
    eps: positive(config, 'layer_norm_eps', 1e-12),
    activation: activation(config, 'hidden_act', 'gelu_tanh'),
  };
}

/** The group of each layer, as transformers deals them out. */
export const groupOfLayer = ({ layers, groups }: AlbertConfig, layer: number): number =>
  Math.floor(layer / (layers / groups));

export const albert = encoderFamily({
  id: 'albert',
  title: 'ALBERT',
  architecture: 'AlbertForSequenceClassification',
  basePrefix: 'albert',
  body(config, labels) {
    const c = albertConfig(config);
    const { vocab, width, hidden, intermediate, layers: depth, groups, inner, heads, positions: maxPositions } = c;
    const modules: Module[] = [
      embedding('albert.embeddings.word_embeddings', vocab, width),
      embedding('albert.embeddings.position_embeddings', maxPositions, width),
      embedding('albert.embeddings.token_type_embeddings', c.types, width),
      norm('albert.embeddings.LayerNorm', width, true),
      linear('albert.encoder.embedding_hidden_mapping_in', hidden, width, true, 'other'),
    ];
    for (let group = 0; group < groups; group++)
      for (let i = 0; i < inner; i++) modules.push(...layerModules(group, i, hidden, intermediate));
    modules.push(
      linear('albert.pooler', hidden, hidden, true, 'pooler'),
      linear('classifier', labels, hidden, true, 'task-head'),
    );
    const shape = { hidden, intermediate, heads, vocab, maxPositions, depth: depth * inner };
    return { modules, layers: groups, shape };
  },
});

function layerModules(group: number, inner: number, hidden: number, intermediate: number): Module[] {
  const at = `albert.encoder.albert_layer_groups.${group}.albert_layers.${inner}`;
  const dense = (name: string, m: number, n: number, role: Module['role']) =>
    linear(`${at}.${name}`, m, n, true, role, group);
  return [
    norm(`${at}.full_layer_layer_norm`, hidden, true, group),
    ...['query', 'key', 'value', 'dense'].map((name) => dense(`attention.${name}`, hidden, hidden, 'attention')),
    norm(`${at}.attention.LayerNorm`, hidden, true, group),
    dense('ffn', intermediate, hidden, 'mlp'),
    dense('ffn_output', hidden, intermediate, 'mlp'),
  ];
}
