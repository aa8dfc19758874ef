/** OPT (https://arxiv.org/abs/2205.01068); opt-350m has narrower embeddings and norms behind its blocks. */
import { decoderFamily, decoderTasks, withoutPrefix } from './decoder.ts';
import { type Activation, activation, flag, headSizes, limits, padToken, size } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import type { ModelConfig, Module } from './types.ts';

export interface OptConfig {
  vocab: number;
  hidden: number;
  intermediate: number;
  layers: number;
  heads: number;
  headDim: number;
  maxPositions: number;
  /** Of the token embeddings; where it is not `hidden`, matrices lead in and out. */
  width: number;
  activation: Activation;
  bias: boolean;
  /** Norms stand before attention and feed-forward block, else behind the sums. */
  normBefore: boolean;
  /** A norm behind the last layer. */
  lastNorm: boolean;
  /** Norms have weights and biases. */
  affine: boolean;
  /** Where the config names a token of the vocabulary, or nothing. */
  padTokenId: number | undefined;
  tie: boolean;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' OPTConfig. */
export function optConfig(config: ModelConfig): OptConfig {
  const vocab = size(config, 'vocab_size', limits.vocab);
  const { hidden, heads, headDim } = headSizes(config);
  const normBefore = flag(config, 'do_layer_norm_before', true);
  return {
    vocab,
    hidden,
    intermediate: size(config, 'ffn_dim', limits.intermediate),
    layers: size(config, 'num_hidden_layers', limits.layers),
    heads,
    headDim,
    maxPositions: size(config, 'max_position_embeddings', limits.vocab, 2048),
    width: size(config, 'word_embed_proj_dim', limits.hidden, hidden),
    activation: activation(config, 'activation_function', 'relu'),
    bias: flag(config, 'enable_bias', true),
    normBefore,
    lastNorm: normBefore && !flag(config, '_remove_final_layer_norm', false),
    affine: flag(config, 'layer_norm_elementwise_affine', true),
    padTokenId: padToken(config, vocab, 1),
    tie: flag(config, 'tie_word_embeddings', true),
  };
}

export const opt = decoderFamily({
  id: 'opt',
  title: 'OPT',
  modelTypes: ['opt'],
  classes: ['OPTForCausalLM', 'OPTForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets: {
    lora: ['q_proj', 'v_proj'],
    adalora: ['q_proj', 'k_proj', 'v_proj', 'out_proj', 'fc1', 'fc2'],
    ia3: ['q_proj', 'k_proj', 'fc2'],
    feedforward: ['fc2'],
  },
  body(config) {
    const { vocab, hidden, intermediate, layers, heads, maxPositions, width, bias, lastNorm, affine, tie } =
      optConfig(config);
    const norms = (name: string, layer?: number): Module[] => (affine ? [norm(name, hidden, true, layer)] : []);

    const modules = [
      embedding('model.decoder.embed_tokens', vocab, width),
      // The first two positions are taken by padding.
      embedding('model.decoder.embed_positions', maxPositions + 2, hidden),
    ];
    if (width !== hidden)
      modules.push(
        linear('model.decoder.project_out', width, hidden, false, 'other'),
        linear('model.decoder.project_in', hidden, width, false, 'other'),
      );
    if (lastNorm) modules.push(...norms('model.decoder.final_layer_norm'));
    for (let layer = 0; layer < layers; layer++) {
      const at = `model.decoder.layers.${layer}`;
      for (const name of ['k_proj', 'v_proj', 'q_proj', 'out_proj'])
        modules.push(linear(`${at}.self_attn.${name}`, hidden, hidden, bias, 'attention', layer));
      modules.push(
        ...norms(`${at}.self_attn_layer_norm`, layer),
        linear(`${at}.fc1`, intermediate, hidden, bias, 'mlp', layer),
        linear(`${at}.fc2`, hidden, intermediate, bias, 'mlp', layer),
        ...norms(`${at}.final_layer_norm`, layer),
      );
    }
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'model.decoder.embed_tokens', tie, width, layers, shape };
  },
  diskNames: (name) => withoutPrefix('model', name),
});
