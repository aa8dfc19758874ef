/** DistilBERT (https://arxiv.org/abs/1910.01108). */
import { encoderFamily } from './encoder-family.ts';
import { type Activation, activation, headSizes, limits, size, wholeNumber } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import type { ModelConfig, Module } from './types.ts';

export interface DistilBertConfig {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  positions: number;
  padTokenId: number;
  activation: Activation;
}

/** Throws `bad-config` naming the first wrong field. */
export function distilbertConfig(config: ModelConfig): DistilBertConfig {
  const vocab = size(config, 'vocab_size', limits.vocab);
  const { hidden, heads } = headSizes(config, 'dim', 'n_heads');
  return {
    vocab,
    hidden,
    intermediate: size(config, 'hidden_dim', limits.intermediate),
    layers: size(config, 'n_layers', limits.layers),
    heads,
    positions: size(config, 'max_position_embeddings', limits.vocab, 512),
    padTokenId: wholeNumber(config, 'pad_token_id', 0, vocab - 1, 0),
    activation: activation(config, 'activation', 'gelu'),
  };
}

export const distilbert = encoderFamily({
  id: 'distilbert',
  title: 'DistilBERT',
  architecture: 'DistilBertForSequenceClassification',
  basePrefix: 'distilbert',
  body(config, labels) {
    const { vocab, hidden, intermediate, layers, heads, positions: maxPositions } = distilbertConfig(config);
    const modules: Module[] = [
      embedding('distilbert.embeddings.word_embeddings', vocab, hidden),
      embedding('distilbert.embeddings.position_embeddings', maxPositions, hidden),
      norm('distilbert.embeddings.LayerNorm', hidden, true),
    ];
    for (let layer = 0; layer < layers; layer++) {
      const at = `distilbert.transformer.layer.${layer}`;
      for (const name of ['q_lin', 'k_lin', 'v_lin', 'out_lin'])
        modules.push(linear(`${at}.attention.${name}`, hidden, hidden, true, 'attention', layer));
      modules.push(
        norm(`${at}.sa_layer_norm`, hidden, true, layer),
        linear(`${at}.ffn.lin1`, intermediate, hidden, true, 'mlp', layer),
        linear(`${at}.ffn.lin2`, hidden, intermediate, true, 'mlp', layer),
        norm(`${at}.output_layer_norm`, hidden, true, layer),
      );
    }
    // PEFT saves the first as well, whose name ends with that of the second.
    modules.push(
      linear('pre_classifier', hidden, hidden, true, 'task-head'),
      linear('classifier', labels, hidden, true, 'task-head'),
    );
    return { modules, layers, shape: { hidden, intermediate, heads, vocab, maxPositions } };
  },
});
