/** Falcon (https://arxiv.org/abs/2311.16867): one key and value head (7B), groups of them (40B), or as many as queries (RW). */
import { decoderFamily } from './decoder.ts';
import { flag, headSizes, limits, size } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';
import type { ModelConfig } from './types.ts';

export const falcon = decoderFamily({
  id: 'falcon',
  title: 'Falcon',
  modelTypes: ['falcon'],
  classes: ['FalconForCausalLM', 'FalconForSequenceClassification'],
  basePrefix: 'transformer',
  targets: {
    lora: ['query_key_value'],
    ia3: ['query_key_value', 'dense_4h_to_h'],
    feedforward: ['dense_4h_to_h'],
  },
  body(config) {
    const vocab = size(config, 'vocab_size', limits.vocab);
    const { hidden, heads, headDim } = headSizes(config);
    const layers = size(config, 'num_hidden_layers', limits.layers);
    const intermediate = size(config, 'ffn_hidden_size', limits.intermediate, 4 * hidden);
    const fused = hidden + 2 * keyHeads(config, heads) * headDim;
    const bias = flag(config, 'bias', false);
    const norms = normNames(config);
    const modules = [embedding('transformer.word_embeddings', vocab, hidden)];
    for (let layer = 0; layer < layers; layer++) {
      const at = `transformer.h.${layer}`;
      modules.push(
        linear(`${at}.self_attention.query_key_value`, fused, hidden, bias, 'attention', layer),
        linear(`${at}.self_attention.dense`, hidden, hidden, bias, 'attention', layer),
        linear(`${at}.mlp.dense_h_to_4h`, intermediate, hidden, bias, 'mlp', layer),
        linear(`${at}.mlp.dense_4h_to_h`, hidden, intermediate, bias, 'mlp', layer),
        ...norms.map((name) => norm(`${at}.${name}`, hidden, true, layer)),
      );
    }
    modules.push(norm('transformer.ln_f', hidden, true));
    const maxPositions = size(config, 'max_position_embeddings', limits.positions, 2048);
    const tie = flag(config, 'tie_word_embeddings', true);
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'transformer.word_embeddings', tie, width: hidden, layers, shape };
  },
});

function keyHeads(config: ModelConfig, heads: number): number {
  if (flag(config, 'new_decoder_architecture', false)) return size(config, 'num_kv_heads', limits.heads, heads);
  return flag(config, 'multi_query', true) ? 1 : heads;
}

function normNames(config: ModelConfig): string[] {
  if (!flag(config, 'parallel_attn', true)) return ['post_attention_layernorm', 'input_layernorm'];
  const usual = flag(config, 'new_decoder_architecture', false) ? 2 : 1;
  const two = size(config, 'num_ln_in_parallel_attn', 2, usual) === 2;
  return two ? ['ln_attn', 'ln_mlp'] : ['input_layernorm'];
}
