/** What the forward graphs of decoders of Llama's kind read of config.json beside the sizes. */
import { type DecoderDefaults, type DecoderSizes, decoderSizes } from './decoder.ts';
import { type Activation, activation, badConfig, limits, padToken, positive, show, size } from './fields.ts';
import { type Rope, ropeConfig } from './rope.ts';
import type { ModelConfig } from './types.ts';

export interface DecoderConfig extends DecoderSizes {
  /** Added to the mean square in RMSNorm. */
  eps: number;
  activation: Activation;
  rope: Rope;
  /** Of layers with a window, where they have their own. */
  windowRope?: Rope;
  /** Columns of each head that rotary positions turn, the first ones. */
  rotaryDim: number;
  /** Factor of the attention scores. */
  scale: number;
  /** Attention scores and logits are cap·tanh(x / cap) (https://arxiv.org/abs/2408.00118, section 2). */
  scoreCap?: number | undefined;
  logitCap?: number | undefined;
  /** By layer: how many tokens a query sees, itself included; undefined: all up to itself. */
  windows: readonly (number | undefined)[];
  /** Where the config names a token of the vocabulary. */
  padTokenId: number | undefined;
}

export interface DecoderConfigDefaults extends DecoderDefaults {
  eps?: number;
  activation?: Activation;
  /** `hidden_act` by default. */
  activationField?: string;
  padTokenId?: number;
}

/** Without windows and caps. Throws `bad-config` naming the first wrong field. */
export function decoderConfig(config: ModelConfig, d: DecoderConfigDefaults): DecoderConfig {
  const sizes = decoderSizes(config, d);
  const { headDim, layers, maxPositions } = sizes;
  if (headDim % 2 !== 0) throw badConfig('head_dim', `is ${headDim}; rotary positions need an even number`);
  return {
    ...sizes,
    eps: positive(config, 'rms_norm_eps', d.eps ?? 1e-6),
    activation: activation(config, d.activationField ?? 'hidden_act', d.activation ?? 'silu'),
    rope: ropeConfig(config, maxPositions),
    rotaryDim: headDim,
    scale: headDim ** -0.5,
    windows: Array(layers).fill(undefined),
    padTokenId: padToken(config, sizes.vocab, d.padTokenId),
  };
}

/** `sliding_window`: null stands for none, an absent one for `fallback`. */
export const windowSize = (config: ModelConfig, fallback?: number): number | undefined =>
  config.sliding_window === null || (config.sliding_window === undefined && fallback === undefined)
    ? undefined
    : size(config, 'sliding_window', limits.positions, fallback);

const layerTypes = ['full_attention', 'sliding_attention'];

/** The windows of all layers: those that `layer_types` calls sliding have one, where it is absent those that `rule` says. */
export function layerWindows(
  config: ModelConfig,
  layers: number,
  window: number | undefined,
  rule: (layer: number) => boolean,
): (number | undefined)[] {
  const types: unknown = config.layer_types ?? Array.from({ length: layers }, (_, i) => layerTypes[Number(rule(i))]);
  if (!Array.isArray(types) || types.length !== layers)
    throw badConfig('layer_types', `must be a list of ${layers}, one for each layer`);
  return types.map((type) => {
    if (!layerTypes.includes(type))
      throw badConfig('layer_types', `has ${show(type)}`, `Supported types of layers: ${layerTypes.join(', ')}.`);
    if (type === 'full_attention') return undefined;
    if (window === undefined) throw badConfig('sliding_window', 'is missing; layer_types has sliding_attention');
    return window;
  });
}

/** A cap: null stands for none, an absent one for `fallback`. */
export const softCap = (config: ModelConfig, field: string, fallback?: number): number | undefined =>
  config[field] === null || (config[field] === undefined && fallback === undefined)
    ? undefined
    : positive(config, field, fallback);
