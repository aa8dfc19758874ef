/** Gemma (https://arxiv.org/abs/2403.08295), Gemma 2 (https://arxiv.org/abs/2408.00118), Gemma 3 (https://arxiv.org/abs/2503.19786; text alone). */
import {
  type DecoderVariant,
  decoderFamily,
  decoderSizes,
  llamaBlock,
  llamaBody,
  usualNorms,
  withoutPrefix,
} from './decoder.ts';
import { badConfig, flag, show } from './fields.ts';
import type { Family, ModelConfig } from './types.ts';

const aroundBoth = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
] as const;

interface Generation extends Pick<DecoderVariant, 'id' | 'title' | 'modelTypes' | 'classes' | 'diskNames'> {
  maxPositions: number;
  heads?: number;
  kvHeads?: number;
  vocab?: number;
  norms?: readonly string[];
  headNorms?: boolean;
}

const gemmaFamily = (g: Generation): Family =>
  decoderFamily({
    ...g,
    basePrefix: 'model',
    targets: { lora: ['q_proj', 'v_proj'], ia3: ['q_proj', 'v_proj', 'down_proj'], feedforward: ['down_proj'] },
    body(whole) {
      const config = textConfig(whole);
      const s = decoderSizes(config, { ...g, tie: true, headDim: 256 });
      const bias = flag(config, 'attention_bias', false);
      const options = {
        qkvBias: bias,
        outputBias: bias,
        norms: g.norms ?? usualNorms,
        headNorms: g.headNorms ?? false,
      };
      return llamaBody(s, (at, layer) => llamaBlock(s, at, layer, options));
    },
  });

/** Models that see images have the language model's fields below `text_config`. */
function textConfig(config: ModelConfig): ModelConfig {
  const text = config.text_config;
  if (text === undefined || text === null) return config;
  if (typeof text !== 'object' || Array.isArray(text))
    throw badConfig('text_config', `must be an object, not ${show(text)}`);
  return text as ModelConfig;
}

export const gemma = gemmaFamily({
  id: 'gemma',
  title: 'Gemma',
  modelTypes: ['gemma'],
  classes: ['GemmaForCausalLM', 'GemmaForSequenceClassification'],
  maxPositions: 8192,
  kvHeads: 16,
});

export const gemma2 = gemmaFamily({
  id: 'gemma2',
  title: 'Gemma 2',
  modelTypes: ['gemma2'],
  classes: ['Gemma2ForCausalLM', 'Gemma2ForSequenceClassification'],
  maxPositions: 8192,
  kvHeads: 4,
  norms: aroundBoth,
});

export const gemma3 = gemmaFamily({
  id: 'gemma3',
  title: 'Gemma 3 (text)',
  modelTypes: ['gemma3_text', 'gemma3'],
  classes: ['Gemma3ForCausalLM', 'Gemma3TextForSequenceClassification'],
  maxPositions: 131_072,
  heads: 8,
  kvHeads: 4,
  vocab: 262_208,
  norms: aroundBoth,
  headNorms: true,
  // The language model of a checkpoint with images, as published and as transformers 5 saves it.
  diskNames: (name) => [
    ...withoutPrefix('model', name),
    `language_model.${name}`,
    ...(name.startsWith('model.') ? [name.replace('model.', 'model.language_model.')] : []),
  ],
});
