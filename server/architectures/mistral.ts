/** Mistral (https://arxiv.org/abs/2310.06825): Llama's blocks without biases; every layer sees a window. */
import { decoderFamily, decoderTasks, llamaBlock, llamaBody } from './decoder.ts';
import { type DecoderConfig, decoderConfig, windowSize } from './decoder-config.ts';
import type { ModelConfig } from './types.ts';

/** Throws `bad-config` naming the first wrong field; defaults are those of transformers' MistralConfig. */
export function mistralConfig(config: ModelConfig): DecoderConfig {
  const c = decoderConfig(config, { tie: false, maxPositions: 131_072, kvHeads: 8 });
  return { ...c, windows: Array(c.layers).fill(windowSize(config, 4096)) };
}

export const mistral = decoderFamily({
  id: 'mistral',
  title: 'Mistral',
  modelTypes: ['mistral'],
  classes: ['MistralForCausalLM', 'MistralForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets: { lora: ['q_proj', 'v_proj'], ia3: ['k_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
  body(config) {
    const c = mistralConfig(config);
    return llamaBody(c, (at, layer) => llamaBlock(c, at, layer));
  },
});
