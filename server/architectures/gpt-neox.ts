/** GPT-NeoX (https://arxiv.org/abs/2204.06745) and Pythia (https://arxiv.org/abs/2304.01373): query, key and value in one matrix, head by head. */
import { decoderFamily, withoutPrefix } from './decoder.ts';
import { badConfig, flag, limits, size } from './fields.ts';
import { embedding, linear, norm } from './modules.ts';

export const gptNeox = decoderFamily({
  id: 'gpt_neox',
  title: 'GPT-NeoX, Pythia',
  modelTypes: ['gpt_neox'],
  classes: ['GPTNeoXForCausalLM', 'GPTNeoXForSequenceClassification'],
  basePrefix: 'gpt_neox',
  targets: {
    lora: ['query_key_value'],
    ia3: ['query_key_value', 'dense_4h_to_h'],
    feedforward: ['dense_4h_to_h'],
  },
  storedHead: 'embed_out',
  body(config) {
    const vocab = size(config, 'vocab_size', limits.vocab);
    const hidden = size(config, 'hidden_size', limits.hidden);
    const intermediate = size(config, 'intermediate_size', limits.intermediate);
    const layers = size(config, 'num_hidden_layers', limits.layers);
    const heads = size(config, 'num_attention_heads', limits.heads);
    if (hidden % heads !== 0)
      throw badConfig('num_attention_heads', `(${heads}) does not divide hidden_size (${hidden})`);
    const bias = flag(config, 'attention_bias', true);
    const modules = [embedding('gpt_neox.embed_in', vocab, hidden)];
    for (let layer = 0; layer < layers; layer++) {
      const at = `gpt_neox.layers.${layer}`;
      modules.push(
        norm(`${at}.input_layernorm`, hidden, true, layer),
        norm(`${at}.post_attention_layernorm`, hidden, true, layer),
        linear(`${at}.attention.query_key_value`, 3 * hidden, hidden, bias, 'attention', layer),
        linear(`${at}.attention.dense`, hidden, hidden, bias, 'attention', layer),
        linear(`${at}.mlp.dense_h_to_4h`, intermediate, hidden, true, 'mlp', layer),
        linear(`${at}.mlp.dense_4h_to_h`, hidden, intermediate, true, 'mlp', layer),
      );
    }
    modules.push(norm('gpt_neox.final_layer_norm', hidden, true));
    const maxPositions = size(config, 'max_position_embeddings', limits.positions, 2048);
    const tie = flag(config, 'tie_word_embeddings', false);
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'gpt_neox.embed_in', tie, width: hidden, layers, shape };
  },
  diskNames: (name) =>
    name.startsWith('lm_head.') ? [name.replace('lm_head', 'embed_out'), name] : withoutPrefix('gpt_neox', name),
});
