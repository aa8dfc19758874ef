/** Reads single fields of config.json, so that every fault names its field and no absurd size gets further. */
import { RankwiseError } from '../base/errors.ts';
import type { ModelConfig } from './types.ts';

/**
 * Upper bounds of the sizes, far above any model: they keep tables small and every count below 2⁵³, whatever a broken
 * or hostile config.json says.
 */
export const limits = {
  hidden: 2 ** 18,
  intermediate: 2 ** 20,
  vocab: 2 ** 24,
  layers: 2048,
  heads: 2 ** 14,
  positions: 2 ** 30,
  /** Of all layers together. */
  experts: 2 ** 16,
  labels: 2 ** 20,
} as const;

export function badConfig(field: string, problem: string, hint?: string): RankwiseError {
  return new RankwiseError('bad-config', `config.json: ${field} ${problem}`, {
    field,
    hint: hint ?? 'Correct the field, or download the model folder again.',
  });
}

/** A positive whole number up to `max`; null counts as absent, and an absent field without a `fallback` is a fault. */
export function size(config: ModelConfig, field: string, max: number, fallback?: number): number {
  return wholeNumber(config, field, 1, max, fallback);
}

/** A whole number from `min` to `max`. */
export function wholeNumber(config: ModelConfig, field: string, min: number, max: number, fallback?: number): number {
  const value = config[field] ?? fallback;
  if (value === undefined) throw badConfig(field, 'is missing');
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw badConfig(field, `must be a whole number, not ${show(value)}`);
  if (value < min || value > max) throw badConfig(field, `is ${value}; it must lie between ${min} and ${max}`);
  return value;
}

/** Hidden size, attention heads, and the width of one, which must be whole. */
export function headSizes(config: ModelConfig, hiddenField = 'hidden_size', headsField = 'num_attention_heads') {
  const hidden = size(config, hiddenField, limits.hidden);
  const heads = size(config, headsField, limits.heads);
  if (hidden % heads !== 0) throw badConfig(headsField, `(${heads}) does not divide ${hiddenField} (${hidden})`);
  return { hidden, heads, headDim: hidden / heads };
}

/** A finite number above 0. */
export function positive(config: ModelConfig, field: string, fallback?: number, path = field): number {
  const value = config[field] ?? fallback;
  if (value === undefined) throw badConfig(path, 'is missing');
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw badConfig(path, `must be a number above 0, not ${show(value)}`);
  return value;
}

export function flag(config: ModelConfig, field: string, fallback: boolean): boolean {
  const value = config[field] ?? fallback;
  if (typeof value !== 'boolean') throw badConfig(field, `must be true or false, not ${show(value)}`);
  return value;
}

/** Formulas behind the names that transformers gives to activations; `gelu_tanh` is the tanh approximation. */
export type Activation = 'gelu' | 'gelu_tanh' | 'relu' | 'silu' | 'tanh';

const activations: Record<string, Activation> = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
};

export function activation(config: ModelConfig, field: string, fallback: Activation): Activation {
  const value = config[field] ?? undefined;
  if (value === undefined) return fallback;
  const known = typeof value === 'string' && Object.hasOwn(activations, value) ? activations[value] : undefined;
  if (!known)
    throw badConfig(field, `is ${show(value)}`, `Supported activations: ${Object.keys(activations).join(', ')}.`);
  return known;
}

/** `pad_token_id`, which is often null or −1: undefined where it names no token of the vocabulary. */
export function padToken(config: ModelConfig, vocab: number, fallback?: number): number | undefined {
  const id = config.pad_token_id === undefined ? fallback : config.pad_token_id;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocab ? id : undefined;
}

/** Labels that the classification head was made for: `num_labels`, else the entries of `id2label`, else 2 as in transformers. */
export function labelCount(config: ModelConfig): number {
  const labels = config.id2label;
  if (config.num_labels === undefined && labels !== null && typeof labels === 'object')
    return size({ id2label: Object.keys(labels).length }, 'id2label', limits.labels);
  return size(config, 'num_labels', limits.labels, 2);
}

/** A value of a config as an error message shows it: short, however long or deeply nested it is. */
export function show(value: unknown): string {
  if (value !== null && typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 41)) : String(value);
  return text.length > 42 ? `${text.slice(0, 40)}…"` : text;
}
