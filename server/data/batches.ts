/** Examples to padded batches, in an order that depends on nothing but seed and epoch. */
import { Random } from '../base/random.ts';
import { type Example, ignored, type Labels } from './types.ts';

/** Where the data of a run stands: `index` examples of epoch `epoch` (from 0) are consumed. */
export interface Position {
  epoch: number;
  index: number;
}

/** One padded micro-batch, row-major. */
export interface Batch {
  shape: { rows: number; length: number };
  input_ids: Int32Array;
  attention_mask: Int32Array;
  /** Undefined unless some example has types. */
  token_type_ids?: Int32Array;
  /** [rows, length] for causal-lm, [rows] for classification and, as float32, regression. */
  labels: Labels;
  /** Real tokens. */
  tokens: number;
}

/** The order of an epoch: a permutation of 0 … count−1, its own for each epoch; file order without `shuffle`. */
export function epochOrder(count: number, seed: number, epoch: number, shuffle: boolean): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  return shuffle ? Random.seeded(seed, `epoch:${epoch}`).shuffle(order) : order;
}

/**
 * Example numbers of one optimizer step from `index` on, as up to `accumulation` micro-batches of up to `batchSize`. An epoch's
 * last step takes what is left, as in transformers.
 */
export function stepWindow(
  order: readonly number[],
  index: number,
  batchSize: number,
  accumulation: number,
): number[][] {
  const window: number[][] = [];
  for (let micro = 0; micro < accumulation && index < order.length; micro++, index += batchSize)
    window.push(order.slice(index, index + batchSize));
  return window;
}

/** Optimizer steps of one epoch. */
export const stepsPerEpoch = (count: number, batchSize: number, accumulation: number): number =>
  Math.ceil(count / (batchSize * accumulation));

/** Optimizer steps of a run; `maxSteps` wins over epochs, of which there may be a fraction. */
export const totalSteps = (perEpoch: number, epochs: number, maxSteps?: number): number =>
  maxSteps ?? Math.ceil(perEpoch * epochs);

/**
 * Padded lengths are few, so that a compiled step serves many batches: 8, 12, 16, 24, 32, 48, … (at most a third is padding).
 * `limit` is what the model's positions allow.
 */
export function bucketLength(length: number, limit = Number.POSITIVE_INFINITY): number {
  let bucket = 8;
  while (bucket < length) bucket = bucket + (bucket & (bucket - 1) ? bucket / 3 : bucket / 2);
  return Math.max(length, Math.min(bucket, limit));
}

/** Pads on the right. `perToken`: labels stand beside each token (causal-lm) instead of one per row. */
export function collate(
  examples: readonly Example[],
  { padTokenId, perToken, limit }: { padTokenId: number; perToken: boolean; limit?: number | undefined },
): Batch {
  const rows = examples.length;
  const length = bucketLength(
    examples.reduce((longest, { ids }) => Math.max(longest, ids.length), 0),
    limit,
  );
  const input_ids = new Int32Array(rows * length).fill(padTokenId);
  const attention_mask = new Int32Array(rows * length);
  const typed = examples.some((e) => e.typeIds);
  const token_type_ids = typed ? new Int32Array(rows * length) : undefined;
  const numbers = examples[0]?.labels instanceof Float32Array;
  const labels: Labels = new (numbers ? Float32Array : Int32Array)(perToken ? rows * length : rows).fill(ignored);
  examples.forEach((example, row) => {
    const start = row * length;
    input_ids.set(example.ids, start);
    if (example.mask) attention_mask.set(example.mask, start);
    else attention_mask.fill(1, start, start + example.ids.length);
    if (example.typeIds) token_type_ids!.set(example.typeIds, start);
    labels.set(example.labels, perToken ? start : row);
  });
  const tokens = attention_mask.reduce((sum, real) => sum + real, 0);
  return {
    shape: { rows, length },
    input_ids,
    attention_mask,
    ...(token_type_ids && { token_type_ids }),
    labels,
    tokens,
  };
}

/**
 * Takes a seeded part of `fraction` (0 to 1) away for validation, at least one example; both parts keep the order of the file.
 */
export function splitOff(
  examples: readonly Example[],
  fraction: number,
  seed: number,
): { train: Example[]; validation: Example[] } {
  const order = Random.seeded(seed, 'validation').shuffle(examples.map((_, i) => i));
  const held = new Set(order.slice(0, Math.max(1, Math.round(examples.length * fraction))));
  return {
    train: examples.filter((_, i) => !held.has(i)),
    validation: examples.filter((_, i) => held.has(i)),
  };
}
