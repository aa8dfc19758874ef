/** Qwen2 and Qwen2.5 (https://arxiv.org/abs/2407.10671): biases of query, key and value; Qwen3 (https://arxiv.org/abs/2505.09388): norms of heads. */
import { decoderFamily, decoderSizes, llamaBlock, llamaBody } from './decoder.ts';
import { flag } from './fields.ts';

const targets = { lora: ['q_proj', 'v_proj'], ia3: ['q_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] };

export const qwen2 = decoderFamily({
  id: 'qwen2',
  title: 'Qwen2, Qwen2.5',
  modelTypes: ['qwen2'],
  classes: ['Qwen2ForCausalLM', 'Qwen2ForSequenceClassification'],
  basePrefix: 'model',
  targets,
  body(config) {
    const s = decoderSizes(config, { tie: false, maxPositions: 32_768, kvHeads: 32 });
    return llamaBody(s, (at, layer) => llamaBlock(s, at, layer, { qkvBias: true }));
  },
});

export const qwen3 = decoderFamily({
  id: 'qwen3',
  title: 'Qwen3',
  modelTypes: ['qwen3'],
  classes: ['Qwen3ForCausalLM', 'Qwen3ForSequenceClassification'],
  basePrefix: 'model',
  targets,
  body(config) {
    const s = decoderSizes(config, { tie: false, maxPositions: 32_768, kvHeads: 32, headDim: 128 });
    const bias = flag(config, 'attention_bias', false);
    const options = { qkvBias: bias, outputBias: bias, headNorms: true };
    return llamaBody(s, (at, layer) => llamaBlock(s, at, layer, options));
  },
});
