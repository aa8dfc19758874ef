/** Examples to padded batches. */
import type { EpochOrder } from './order.ts';
import { type Example, ignored } from './types.ts';

/** Where the data of a run stands: `index` examples of epoch `epoch` (from 0) are consumed. */
export interface Position {
  epoch: number;
  index: number;
}

/** One padded micro-batch, row-major. */
export interface Batch {
  shape: { rows: number; length: number };
  input_ids: Int32Array;
  /** 1 for real tokens, 0 for padding; with `position_ids` the number of each token's example. */
  attention_mask: Int32Array;
  /** Undefined unless some example has types. */
  token_type_ids?: Int32Array;
  /** Of packed rows alone: each token's place in its example. */
  position_ids?: Int32Array;
  /** [rows, length] for causal-lm, [rows] for classification. */
  labels: Int32Array;
  /** Real tokens. */
  tokens: number;
}

/**
 * Example numbers of one optimizer step from `index` on, as up to `accumulation` micro-batches of up to `batchSize`. An epoch's
 * last step takes what is left, as in transformers.
 */
export function stepWindow(order: EpochOrder, index: number, batchSize: number, accumulation: number): number[][] {
  const window: number[][] = [];
  for (let micro = 0; micro < accumulation && index < order.length; micro++, index += batchSize)
    window.push(order.slice(index, Math.min(index + batchSize, order.length)));
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
  const ifSome = (there: boolean) => (there ? new Int32Array(rows * length) : undefined);
  const token_type_ids = ifSome(examples.some((e) => e.typeIds));
  const position_ids = ifSome(examples.some((e) => e.positions));
  const labels = new Int32Array(perToken ? rows * length : rows).fill(ignored);
  examples.forEach((example, row) => {
    const start = row * length;
    input_ids.set(example.ids, start);
    if (example.mask) attention_mask.set(example.mask, start);
    else attention_mask.fill(1, start, start + example.ids.length);
    if (example.typeIds) token_type_ids!.set(example.typeIds, start);
    if (example.positions) position_ids!.set(example.positions, start);
    labels.set(example.labels, perToken ? start : row);
  });
  const tokens = attention_mask.reduce((sum, real) => (real > 0 ? sum + 1 : sum), 0);
  return {
    shape: { rows, length },
    input_ids,
    attention_mask,
    ...(token_type_ids && { token_type_ids }),
    ...(position_ids && { position_ids }),
    labels,
    tokens,
  };
}
