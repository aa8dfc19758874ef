/** Phi-3 (https://arxiv.org/abs/2404.14219): query, key and value in one matrix, gate and up in another. */
import { blockNorms, decoderFamily, decoderSizes, llamaBody } from './decoder.ts';
import { linear } from './modules.ts';

export const phi3 = decoderFamily({
  id: 'phi3',
  title: 'Phi-3',
  modelTypes: ['phi3'],
  classes: ['Phi3ForCausalLM', 'Phi3ForSequenceClassification'],
  basePrefix: 'model',
  targets: {},
  body(config) {
    const s = decoderSizes(config, { tie: false, maxPositions: 4096 });
    const { hidden, intermediate, headDim } = s;
    const queries = s.heads * headDim;
    return llamaBody(s, (at, layer) => [
      linear(`${at}.self_attn.o_proj`, hidden, queries, false, 'attention', layer),
      linear(`${at}.self_attn.qkv_proj`, queries + 2 * s.kvHeads * headDim, hidden, false, 'attention', layer),
      linear(`${at}.mlp.gate_up_proj`, 2 * intermediate, hidden, false, 'mlp', layer),
      linear(`${at}.mlp.down_proj`, hidden, intermediate, false, 'mlp', layer),
      ...blockNorms(s, at, layer),
    ]);
  },
});
