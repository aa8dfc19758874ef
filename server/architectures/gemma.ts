/** Gemma (https://arxiv.org/abs/2403.08295), Gemma 2 (https://arxiv.org/abs/2408.00118), Gemma 3 (https://arxiv.org/abs/2503.19786; text alone). */
import { isRecord } from '../base/record.ts';
import {
  type DecoderVariant,
  decoderFamily,
  decoderTasks,
  llamaBlock,
  llamaBody,
  usualNorms,
  withoutPrefix,
} from './decoder.ts';
import {
  type DecoderConfig,
  type DecoderConfigDefaults,
  decoderConfig,
  layerWindows,
  softCap,
  windowSize,
} from './decoder-config.ts';
import { badConfig, flag, limits, positive, show, size } from './fields.ts';
import { ropeConfig } from './rope.ts';
import type { Family, ModelConfig } from './types.ts';

const aroundBoth = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
] as const;

interface Generation extends Pick<DecoderVariant, 'id' | 'title' | 'modelTypes' | 'classes' | 'diskNames'> {
  config(config: ModelConfig): DecoderConfig;
  norms?: readonly string[];
  headNorms?: boolean;
}

const gemmaFamily = ({ config: read, norms = usualNorms, headNorms = false, ...variant }: Generation): Family =>
  decoderFamily({
    ...variant,
    basePrefix: 'model',
    runs: decoderTasks,
    targets: { lora: ['q_proj', 'v_proj'], ia3: ['q_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
    body(config) {
      const c = read(config);
      const bias = flag(textConfig(config), 'attention_bias', false);
      const options = { qkvBias: bias, outputBias: bias, norms, headNorms };
      return llamaBody(c, (at, layer) => llamaBlock(c, at, layer, options));
    },
  });

/** What the generations share. */
function common(config: ModelConfig, d: Omit<DecoderConfigDefaults, 'tie' | 'headDim'>): DecoderConfig {
  if (config.use_bidirectional_attention === true)
    throw badConfig('use_bidirectional_attention', 'is true', 'Only causal attention is supported: set it to false.');
  return decoderConfig(config, { ...d, tie: true, headDim: 256, activation: 'gelu_tanh', padTokenId: 0 });
}

/** Throws `bad-config` naming the first wrong field; defaults, here and below, are those of transformers. */
export function gemmaConfig(config: ModelConfig): DecoderConfig {
  const c = common(config, { maxPositions: 8192, kvHeads: 16 });
  // The first published files say "gelu" and mean the approximation.
  return { ...c, activation: c.activation === 'gelu' ? 'gelu_tanh' : c.activation };
}

export function gemma2Config(config: ModelConfig): DecoderConfig {
  const c = common(config, { maxPositions: 8192, kvHeads: 4, activationField: 'hidden_activation' });
  return {
    ...c,
    scale: positive(config, 'query_pre_attn_scalar', 256) ** -0.5,
    scoreCap: softCap(config, 'attn_logit_softcapping', 50),
    logitCap: softCap(config, 'final_logit_softcapping', 30),
    windows: layerWindows(config, c.layers, windowSize(config, 4096), (layer) => layer % 2 === 0),
  };
}

/** transformers reads `attn_logit_softcapping` in Gemma 3 too, and does not use it. */
export function gemma3Config(whole: ModelConfig): DecoderConfig {
  const config = textConfig(whole);
  const sizes = { maxPositions: 131_072, heads: 8, kvHeads: 4, vocab: 262_208 };
  const c = common(config, { ...sizes, activationField: 'hidden_activation' });
  const every = size(config, 'sliding_window_pattern', limits.layers, 6);
  const { full_attention, sliding_attention } = isRecord(config.rope_parameters) ? config.rope_parameters : {};
  const far = { rope_theta: 1_000_000, ...config, rope_parameters: full_attention };
  const near = { rope_theta: config.rope_local_base_freq ?? 10_000, rope_parameters: sliding_attention };
  return {
    ...c,
    rope: ropeConfig(far, c.maxPositions),
    windowRope: ropeConfig(near, c.maxPositions),
    scale: positive(config, 'query_pre_attn_scalar', 256) ** -0.5,
    logitCap: softCap(config, 'final_logit_softcapping'),
    windows: layerWindows(config, c.layers, windowSize(config, 4096), (layer) => (layer + 1) % every !== 0),
  };
}

/** Models that see images have the language model's fields below `text_config`. */
function textConfig(config: ModelConfig): ModelConfig {
  const text = config.text_config;
  if (text === undefined || text === null) return config;
  if (!isRecord(text)) throw badConfig('text_config', `must be an object, not ${show(text)}`);
  return text;
}

export const gemma = gemmaFamily({
  id: 'gemma',
  title: 'Gemma',
  modelTypes: ['gemma'],
  classes: ['GemmaForCausalLM', 'GemmaForSequenceClassification'],
  config: gemmaConfig,
});

export const gemma2 = gemmaFamily({
  id: 'gemma2',
  title: 'Gemma 2',
  modelTypes: ['gemma2'],
  classes: ['Gemma2ForCausalLM', 'Gemma2ForSequenceClassification'],
  config: gemma2Config,
  norms: aroundBoth,
});

export const gemma3 = gemmaFamily({
  id: 'gemma3',
  title: 'Gemma 3 (text)',
  modelTypes: ['gemma3_text', 'gemma3'],
  classes: ['Gemma3ForCausalLM', 'Gemma3TextForSequenceClassification'],
  config: gemma3Config,
  norms: aroundBoth,
  headNorms: true,
  // The language model of a checkpoint with images, as published and as transformers 5 saves it.
  diskNames: (name) => [
    ...withoutPrefix('model', name),
    `language_model.${name}`,
    ...(name.startsWith('model.') ? [name.replace('model.', 'model.language_model.')] : []),
  ],
});
