/**
 * Rotary position settings in both layouts of config.json: transformers 4 has `rope_theta` beside `rope_scaling` (with `type`
 * or `rope_type`), transformers 5 has `rope_parameters` with everything. Meaning of the fields: modeling_rope_utils.py of
 * transformers 5.
 */
import { isRecord } from '../base/record.ts';
import { badConfig, limits, positive, show, size } from './fields.ts';
import type { ModelConfig } from './types.ts';

export type Rope = { theta: number } & (
  | { type: 'default' }
  /** Every frequency is divided by `factor`. */
  | { type: 'linear'; factor: number }
  /** NTK-aware: theta grows once a sequence is longer than `maxPositions`; up to there it is `default`. */
  | { type: 'dynamic'; factor: number; maxPositions: number }
  | {
      type: 'llama3';
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositions: number;
    }
  | {
      type: 'yarn';
      factor: number;
      /** Multiplies cos and sin. */
      attentionFactor: number;
      betaFast: number;
      betaSlow: number;
      originalMaxPositions: number;
      /** Whether the correction range is rounded outwards to whole dimensions. */
      truncate: boolean;
    }
  | {
      type: 'longrope';
      /** Multiplies cos and sin. */
      attentionFactor: number;
      /** Divisors of the frequencies, one each, for sequences up to `originalMaxPositions` and for longer ones. */
      shortFactors: readonly number[];
      longFactors: readonly number[];
      originalMaxPositions: number;
    }
);

const supported = ['default', 'linear', 'dynamic', 'llama3', 'yarn', 'longrope'];

/** Throws `bad-config` for a scaling type that is not known here or whose fields are missing. */
export function ropeConfig(config: ModelConfig, maxPositions: number): Rope {
  const place = config.rope_scaling ? 'rope_scaling' : 'rope_parameters';
  const parameters = config[place] ?? {};
  if (!isRecord(parameters)) throw badConfig(place, `must be an object, not ${show(parameters)}`);
  const theta = positive({ rope_theta: 10_000, ...nonNull(config, 'rope_theta'), ...parameters }, 'rope_theta');
  const type: unknown = parameters.rope_type ?? parameters.type ?? 'default';
  const number = (field: string, fallback?: number) => positive(parameters, field, fallback, `${place}.${field}`);
  const originalMaxPositions = () =>
    size(
      { ...parameters, ...nonNull(config, 'original_max_position_embeddings') },
      'original_max_position_embeddings',
      limits.positions,
      maxPositions,
    );
  switch (type) {
    case 'default':
      return { type, theta };
    case 'linear':
      return { type, theta, factor: number('factor') };
    case 'dynamic':
      return { type, theta, factor: number('factor'), maxPositions };
    case 'llama3': {
      const lowFreqFactor = number('low_freq_factor');
      const highFreqFactor = number('high_freq_factor');
      if (highFreqFactor <= lowFreqFactor)
        throw badConfig(`${place}.high_freq_factor`, `must be above low_freq_factor (${lowFreqFactor})`);
      return {
        type,
        theta,
        factor: number('factor'),
        lowFreqFactor,
        highFreqFactor,
        originalMaxPositions: originalMaxPositions(),
      };
    }
    case 'yarn': {
      const original = originalMaxPositions();
      const factor = number('factor', maxPositions / original);
      return {
        type,
        theta,
        factor,
        attentionFactor: number('attention_factor', yarnAttentionFactor(factor, parameters)),
        betaFast: number('beta_fast', 32),
        betaSlow: number('beta_slow', 1),
        originalMaxPositions: original,
        truncate: parameters.truncate !== false,
      };
    }
    case 'longrope': {
      const original = originalMaxPositions();
      const factor = number('factor', maxPositions / original);
      const attentionFactor = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
      return {
        type,
        theta,
        attentionFactor: number('attention_factor', attentionFactor),
        shortFactors: divisors(parameters, 'short_factor', place),
        longFactors: divisors(parameters, 'long_factor', place),
        originalMaxPositions: original,
      };
    }
    default:
      throw badConfig(`${place}.rope_type`, `is ${show(type)}`, `Supported rope types: ${supported.join(', ')}.`);
  }
}

/**
 * Up to how many tokens a row has the same frequencies whatever its length; undefined where that is so for any. Phi-3's older names of
 * `longrope` (`su`, `yarn`) are told by its two lists of divisors.
 */
export function ropeReach(config: ModelConfig): number | undefined {
  const parameters = config.rope_scaling || config.rope_parameters;
  if (!isRecord(parameters)) return undefined;
  const longest = whole(config.max_position_embeddings);
  if ((parameters.rope_type ?? parameters.type) === 'dynamic') return longest;
  if (parameters.short_factor === undefined) return undefined;
  return (
    whole(config.original_max_position_embeddings) ?? whole(parameters.original_max_position_embeddings) ?? longest
  );
}

const whole = (value: unknown): number | undefined => (Number.isInteger(value) ? (value as number) : undefined);

function divisors(parameters: ModelConfig, field: string, place: string): number[] {
  const values = parameters[field];
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number' && value > 0))
    throw badConfig(`${place}.${field}`, 'must be a list of numbers above 0');
  return values;
}

/** YaRN's temperature (https://arxiv.org/abs/2309.00071, section 3.4), with DeepSeek's `mscale` fields when both are set. */
function yarnAttentionFactor(factor: number, parameters: ModelConfig): number {
  const scale = (by: number) => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  const { mscale, mscale_all_dim: all } = parameters;
  if (typeof mscale === 'number' && typeof all === 'number' && mscale && all) return scale(mscale) / scale(all);
  return scale(1);
}

const nonNull = (config: ModelConfig, field: string): ModelConfig =>
  config[field] === undefined || config[field] === null ? {} : { [field]: config[field] };
