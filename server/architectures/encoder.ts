/** What BERT (https://arxiv.org/abs/1810.04805) and RoBERTa (https://arxiv.org/abs/1907.11692) share: config and encoder stack. */
import {
  type Activation,
  activation,
  badConfig,
  labelCount,
  limits,
  positive,
  show,
  size,
  wholeNumber,
} from './fields.ts';
import { countParameters, embedding, linear, norm } from './modules.ts';
import { labelsFor, unsupportedTask } from './tasks.ts';
import type { ModelConfig, Module, ModuleTable } from './types.ts';

export interface BertConfig {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  headDim: number;
  /** Rows of the position table. */
  positions: number;
  /** Position of the first token: 0 in BERT; pad_token_id + 1 in RoBERTa, where padding keeps position pad_token_id. */
  positionOffset: number;
  typeVocab: number;
  padTokenId: number;
  /** Added to the variance in LayerNorm. */
  eps: number;
  activation: Activation;
  /** Labels of the head that the checkpoint was made for. */
  numLabels: number;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers. */
export function encoderConfig(v: EncoderVariant, config: ModelConfig): BertConfig {
  const hidden = size(config, 'hidden_size', limits.hidden);
  const heads = size(config, 'num_attention_heads', limits.heads);
  if (hidden % heads !== 0)
    throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
  const vocab = size(config, 'vocab_size', limits.vocab);
  const padTokenId = wholeNumber(config, 'pad_token_id', 0, vocab - 1, v.padTokenId);
  const positions = size(config, 'max_position_embeddings', limits.vocab, 512);
  const positionOffset = v.padsPositions ? padTokenId + 1 : 0;
  if (positions <= positionOffset)
    throw badConfig('max_position_embeddings', `is ${positions}; the first ${positionOffset} are taken by padding`);
  const positionType = config.position_embedding_type ?? 'absolute';
  if (positionType !== 'absolute')
    throw badConfig('position_embedding_type', `is ${show(positionType)}`, 'Only absolute positions are supported.');
  if (config.is_decoder === true)
    throw badConfig('is_decoder', 'is true', 'Only bidirectional encoders are supported: set it to false.');
  return {
    vocab,
    hidden,
    intermediate: size(config, 'intermediate_size', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    headDim: hidden / heads,
    positions,
    positionOffset,
    typeVocab: size(config, 'type_vocab_size', limits.vocab, 2),
    padTokenId,
    eps: positive(config, 'layer_norm_eps', 1e-12),
    activation: activation(config, 'hidden_act', 'gelu'),
    numLabels: labelCount(config),
  };
}

export const encoderTasks = ['sequence-classification', 'regression'] as const;

export interface EncoderVariant {
  /** Family id, which is also the base prefix. */
  id: 'bert' | 'roberta';
  title: string;
  architecture: string;
  /** Where config.json does not say. */
  padTokenId: number;
  /** Positions up to pad_token_id belong to padding. */
  padsPositions: boolean;
  /** Modules behind the encoder, pooler included. */
  head(c: BertConfig, labels: number): Module[];
  defaultTargets: ModuleTable['defaultTargets'];
}

/** Regression has one output unless the recipe says otherwise. */
export function encoderTable(v: EncoderVariant, config: ModelConfig, task: string, numLabels?: number): ModuleTable {
  if (!encoderTasks.some((known) => known === task)) throw unsupportedTask(v.title, task, encoderTasks);
  const c = encoderConfig(v, config);
  const labels = labelsFor(config, task, numLabels);
  const positions = embedding(`${v.id}.embeddings.position_embeddings`, c.positions, c.hidden);
  const modules = [
    embedding(`${v.id}.embeddings.word_embeddings`, c.vocab, c.hidden),
    ...(v.padsPositions ? [] : [positions]),
    embedding(`${v.id}.embeddings.token_type_embeddings`, c.typeVocab, c.hidden),
    norm(`${v.id}.embeddings.LayerNorm`, c.hidden, true),
    // transformers makes RoBERTa's own last.
    ...(v.padsPositions ? [positions] : []),
  ];
  for (let layer = 0; layer < c.layers; layer++) modules.push(...layerModules(v.id, c, layer));
  modules.push(...v.head(c, labels));
  return {
    architecture: v.architecture,
    family: v.id,
    modules,
    totalParameters: countParameters(modules),
    defaultTargets: v.defaultTargets,
    defaultOptions: { ia3: { feedforward_modules: ['output.dense'] } },
    basePrefix: v.id,
    layers: c.layers,
    shape: {
      hidden: c.hidden,
      intermediate: c.intermediate,
      heads: c.heads,
      vocab: c.vocab,
      maxPositions: c.positions - c.positionOffset,
    },
  };
}

function layerModules(prefix: string, c: BertConfig, layer: number): Module[] {
  const at = `${prefix}.encoder.layer.${layer}`;
  const dense = (name: string, m: number, n: number, role: Module['role']) =>
    linear(`${at}.${name}`, m, n, true, role, layer);
  return [
    dense('attention.self.query', c.hidden, c.hidden, 'attention'),
    dense('attention.self.key', c.hidden, c.hidden, 'attention'),
    dense('attention.self.value', c.hidden, c.hidden, 'attention'),
    dense('attention.output.dense', c.hidden, c.hidden, 'attention'),
    norm(`${at}.attention.output.LayerNorm`, c.hidden, true, layer),
    dense('intermediate.dense', c.intermediate, c.hidden, 'mlp'),
    dense('output.dense', c.hidden, c.intermediate, 'mlp'),
    norm(`${at}.output.LayerNorm`, c.hidden, true, layer),
  ];
}

/** With or without the base prefix; checkpoints converted from TensorFlow call LayerNorm's parameters gamma and beta. */
export function encoderDiskNames(prefix: string, name: string): string[] {
  const tensorflow = name
    .replace(/\bLayerNorm\.weight$/, 'LayerNorm.gamma')
    .replace(/\bLayerNorm\.bias$/, 'LayerNorm.beta');
  const names = tensorflow === name ? [name] : [name, tensorflow];
  if (!name.startsWith(`${prefix}.`)) return names;
  return [...names, ...names.map((n) => n.slice(prefix.length + 1))];
}
