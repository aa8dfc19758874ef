/** Qwen2 and Qwen2.5 (https://arxiv.org/abs/2407.10671): biases of query, key and value; Qwen3 (https://arxiv.org/abs/2505.09388): norms of heads. */
import { decoderFamily, decoderTasks, llamaBlock, llamaBody } from './decoder.ts';
import { type DecoderConfig, decoderConfig, layerWindows, windowSize } from './decoder-config.ts';
import { flag, limits, wholeNumber } from './fields.ts';
import type { ModelConfig } from './types.ts';

const targets = { lora: ['q_proj', 'v_proj'], ia3: ['q_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] };

/** Throws `bad-config` naming the first wrong field; defaults are those of transformers' Qwen2Config and Qwen3Config. */
function qwenConfig(config: ModelConfig, headDim?: number): DecoderConfig {
  const c = decoderConfig(config, { tie: false, maxPositions: 32_768, kvHeads: 32, ...(headDim && { headDim }) });
  const window = flag(config, 'use_sliding_window', false) ? windowSize(config, 4096) : undefined;
  const full = wholeNumber(config, 'max_window_layers', 0, limits.layers, 28);
  return { ...c, windows: layerWindows(config, c.layers, window, (i) => window !== undefined && i >= full) };
}

export const qwen2Config = (config: ModelConfig): DecoderConfig => qwenConfig(config);
export const qwen3Config = (config: ModelConfig): DecoderConfig => qwenConfig(config, 128);

export const qwen2 = decoderFamily({
  id: 'qwen2',
  title: 'Qwen2, Qwen2.5',
  modelTypes: ['qwen2'],
  classes: ['Qwen2ForCausalLM', 'Qwen2ForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets,
  body(config) {
    const c = qwen2Config(config);
    return llamaBody(c, (at, layer) => llamaBlock(c, at, layer, { qkvBias: true }));
  },
});

export const qwen3 = decoderFamily({
  id: 'qwen3',
  title: 'Qwen3',
  modelTypes: ['qwen3'],
  classes: ['Qwen3ForCausalLM', 'Qwen3ForSequenceClassification'],
  basePrefix: 'model',
  runs: decoderTasks,
  targets,
  body(config) {
    const c = qwen3Config(config);
    const bias = flag(config, 'attention_bias', false);
    const options = { qkvBias: bias, outputBias: bias, headNorms: true };
    return llamaBody(c, (at, layer) => llamaBlock(c, at, layer, options));
  },
});
