/** GPT-2: its linear layers (Conv1D) store Wᵀ. */
import { decoderFamily } from './decoder.ts';
import { badConfig, flag, limits, size } from './fields.ts';
import { conv1d, embedding, norm } from './modules.ts';

export const gpt2 = decoderFamily({
  id: 'gpt2',
  title: 'GPT-2',
  modelTypes: ['gpt2'],
  classes: ['GPT2LMHeadModel', 'GPT2ForSequenceClassification'],
  basePrefix: 'transformer',
  targets: { lora: ['c_attn'], ia3: ['c_attn', 'mlp.c_proj'], feedforward: ['mlp.c_proj'] },
  body(config) {
    const vocab = size(config, 'vocab_size', limits.vocab);
    const hidden = size(config, 'n_embd', limits.hidden);
    const layers = size(config, 'n_layer', limits.layers);
    const heads = size(config, 'n_head', limits.heads);
    if (hidden % heads !== 0) throw badConfig('n_head', `(${heads}) does not divide n_embd (${hidden})`);
    const maxPositions = size(config, 'n_positions', limits.vocab, 1024);
    const intermediate = size(config, 'n_inner', limits.intermediate, 4 * hidden);
    const modules = [embedding('transformer.wte', vocab, hidden), embedding('transformer.wpe', maxPositions, hidden)];
    for (let layer = 0; layer < layers; layer++) {
      const at = `transformer.h.${layer}`;
      modules.push(
        norm(`${at}.ln_1`, hidden, true, layer),
        conv1d(`${at}.attn.c_attn`, 3 * hidden, hidden, 'attention', layer),
        conv1d(`${at}.attn.c_proj`, hidden, hidden, 'attention', layer),
        norm(`${at}.ln_2`, hidden, true, layer),
        conv1d(`${at}.mlp.c_fc`, intermediate, hidden, 'mlp', layer),
        conv1d(`${at}.mlp.c_proj`, hidden, intermediate, 'mlp', layer),
      );
    }
    modules.push(norm('transformer.ln_f', hidden, true));
    const tie = flag(config, 'tie_word_embeddings', true);
    const shape = { hidden, intermediate, heads, vocab, maxPositions };
    return { modules, embedding: 'transformer.wte', tie, width: hidden, layers, shape };
  },
});
