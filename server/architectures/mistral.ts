/** Mistral (https://arxiv.org/abs/2310.06825): Llama's blocks without biases. */
import { decoderFamily, decoderSizes, llamaBlock, llamaBody } from './decoder.ts';

export const mistral = decoderFamily({
  id: 'mistral',
  title: 'Mistral',
  modelTypes: ['mistral'],
  classes: ['MistralForCausalLM', 'MistralForSequenceClassification'],
  basePrefix: 'model',
  targets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
  body(config) {
    const s = decoderSizes(config, { tie: false, maxPositions: 131_072, kvHeads: 8 });
    return llamaBody(s, (at, layer) => llamaBlock(s, at, layer));
  },
});
