/** Llama (https://arxiv.org/abs/2302.13971; grouped-query attention: https://arxiv.org/abs/2305.13245). */
import { decoderFamily, decoderTasks, llamaBlock, llamaBody } from './decoder.ts';
import { type DecoderConfig, decoderConfig } from './decoder-config.ts';
import { flag } from './fields.ts';
import type { ModelConfig } from './types.ts';

export interface LlamaConfig extends DecoderConfig {
  attentionBias: boolean;
  mlpBias: boolean;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' LlamaConfig. */
export function llamaConfig(config: ModelConfig): LlamaConfig {
  return {
    ...decoderConfig(config, { tie: false, maxPositions: 2048, headsDivide: true }),
    attentionBias: flag(config, 'attention_bias', false),
    mlpBias: flag(config, 'mlp_bias', false),
  };
}

export const llama = decoderFamily({
  id: 'llama',
  title: 'Llama',
  modelTypes: ['llama'],
  classes: ['LlamaForCausalLM', 'LlamaForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
  body(config) {
    const c = llamaConfig(config);
    const options = { qkvBias: c.attentionBias, outputBias: c.attentionBias, mlpBias: c.mlpBias };
    return llamaBody(c, (at, layer) => llamaBlock(c, at, layer, options));
  },
});
