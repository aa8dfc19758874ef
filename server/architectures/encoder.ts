/** What BERT (https://arxiv.org/abs/1810.04805) and RoBERTa (https://arxiv.org/abs/1907.11692) share: config and encoder stack. */
import { type EncoderVariant, encoderFamily } from './encoder-family.ts';
import {
  type Activation,
  activation,
  badConfig,
  headSizes,
  labelCount,
  limits,
  positive,
  show,
  size,
  wholeNumber,
} from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import type { Family, ModelConfig, Module } from './types.ts';

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
export function encoderConfig(v: BertVariant, config: ModelConfig): BertConfig {
  const { hidden, heads, headDim } = headSizes(config);
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
    headDim,
    positions,
    positionOffset,
    typeVocab: size(config, 'type_vocab_size', limits.vocab, 2),
    padTokenId,
    eps: positive(config, 'layer_norm_eps', 1e-12),
    activation: activation(config, 'hidden_act', 'gelu'),
    numLabels: labelCount(config),
  };
}

export interface BertVariant extends Pick<EncoderVariant, 'title' | 'architecture' | 'targets'> {
  /** Family id, which is also the base prefix. */
  id: 'bert' | 'roberta';
  /** Where config.json does not say. */
  padTokenId: number;
  /** Positions up to pad_token_id belong to padding. */
  padsPositions: boolean;
  /** Modules behind the encoder, pooler included. */
  head(c: BertConfig, labels: number): Module[];
}

export function bertFamily(v: BertVariant): Family {
  const { id, title, architecture, targets, padsPositions } = v;
  return encoderFamily({
    id,
    title,
    architecture,
    basePrefix: id,
    ...(targets && { targets }),
    body(config, labels) {
      const c = encoderConfig(v, config);
      const { vocab, hidden, intermediate, heads, layers } = c;
      const positions = embedding(`${id}.embeddings.position_embeddings`, c.positions, hidden);
      const modules = [
        embedding(`${id}.embeddings.word_embeddings`, vocab, hidden),
        ...(padsPositions ? [] : [positions]),
        embedding(`${id}.embeddings.token_type_embeddings`, c.typeVocab, hidden),
        norm(`${id}.embeddings.LayerNorm`, hidden, true),
        // transformers makes RoBERTa's own last.
        ...(padsPositions ? [positions] : []),
      ];
      for (let layer = 0; layer < layers; layer++) modules.push(...layerModules(id, c, layer));
      modules.push(...v.head(c, labels));
      const maxPositions = c.positions - c.positionOffset;
      return { modules, layers, shape: { hidden, intermediate, heads, vocab, maxPositions } };
    },
  });
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
