/** Llama (https://arxiv.org/abs/2302.13971; grouped-query attention: https://arxiv.org/abs/2305.13245). */
import { type DecoderSizes, decoderFamily, decoderSizes, llamaBlock, llamaBody } from './decoder.ts';
import { type Activation, activation, badConfig, flag, positive } from './fields.ts';
import { type Rope, ropeConfig } from './rope.ts';
import type { ModelConfig } from './types.ts';

export interface LlamaConfig extends DecoderSizes {
  /** Added to the mean square in RMSNorm. */
  eps: number;
  activation: Activation;
  attentionBias: boolean;
  mlpBias: boolean;
  rope: Rope;
}

/** Throws `bad-config` naming the first wrong field; absent optional fields take the defaults of transformers' LlamaConfig. */
export function llamaConfig(config: ModelConfig): LlamaConfig {
  const sizes = decoderSizes(config, { tie: false, maxPositions: 2048, headsDivide: true });
  const { headDim } = sizes;
  if (headDim % 2 !== 0) throw badConfig('head_dim', `is ${headDim}; rotary positions need an even number`);
  return {
    ...sizes,
    eps: positive(config, 'rms_norm_eps', 1e-6),
    activation: activation(config, 'hidden_act', 'silu'),
    attentionBias: flag(config, 'attention_bias', false),
    mlpBias: flag(config, 'mlp_bias', false),
    rope: ropeConfig(config, sizes.maxPositions),
  };
}

export const llama = decoderFamily({
  id: 'llama',
  title: 'Llama',
  modelTypes: ['llama'],
  classes: ['LlamaForCausalLM', 'LlamaForSequenceClassification'],
  basePrefix: 'model',
  runs: ['causal-lm'],
  targets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
  body(config) {
    const c = llamaConfig(config);
    const options = { qkvBias: c.attentionBias, outputBias: c.attentionBias, mlpBias: c.mlpBias };
    return llamaBody(c, (at, layer) => llamaBlock(c, at, layer, options));
  },
});
