/** Examples to padded batches. */
import type { Task } from '../recipe/types.ts';
import { collateImages } from './images/batch.ts';
import type { EpochOrder } from './order.ts';
import { labelKind, labelsTokens } from './tasks.ts';
import { type Example, ignored, type Labels } from './types.ts';

/** Where the data of a run stands: `index` examples of epoch `epoch` (from 0) are consumed. */
export interface Position {
  epoch: number;
  index: number;
}

/** One padded micro-batch, row-major. */
export interface Batch {
  shape: { rows: number; length: number; targets?: number };
  /** Of images alone, which have no tokens: [rows, channels, height, width]. */
  pixel_values?: { data: Float32Array; shape: [number, number, number, number] };
  input_ids: Int32Array;
  /** 1 for real tokens, 0 for padding; with `position_ids` the number of each token's example. */
  attention_mask: Int32Array;
  /** Undefined unless some example has types. */
  token_type_ids?: Int32Array;
  /** Of packed rows alone: each token's place in its example. */
  position_ids?: Int32Array;
  /** [rows, targets]: what a decoder of its own reads, the labels one step later. */
  decoder_input_ids?: Int32Array;
  /** [rows, length] for causal-lm, [rows, targets] for seq2seq, [rows] for classification and, as float32, regression. */
  labels: Labels;
  /** Real tokens, those of targets included. */
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

/** How a model takes examples: a `TrainableModel` is one. */
export interface Collation {
  task: Task;
  padTokenId: number;
  /** Longest row that positions allow. */
  maxLength?: number;
  /** Of models with a decoder of its own: what that reads first. */
  startTokenId?: number;
  /** Of models of images. */
  image?: { channels: number; height: number; width: number };
}

/** Pads on the right. */
export function collate(examples: readonly Example[], model: Collation): Batch {
  const { task, padTokenId, maxLength, startTokenId } = model;
  if (model.image) return collateImages(examples, model.image, maxLength ?? 0);
  const rows = examples.length;
  const longest = (of: (example: Example) => ArrayLike<number>) =>
    examples.reduce((most, example) => Math.max(most, of(example).length), 0);
  const length = bucketLength(
    longest(({ ids }) => ids),
    maxLength,
  );
  const targets = labelKind(task) === 'target-token' ? bucketLength(longest(({ labels }) => labels)) : undefined;
  const input_ids = new Int32Array(rows * length).fill(padTokenId);
  const attention_mask = new Int32Array(rows * length);
  const ifSome = (there: boolean) => (there ? new Int32Array(rows * length) : undefined);
  const token_type_ids = ifSome(examples.some((e) => e.typeIds));
  const position_ids = ifSome(examples.some((e) => e.positions));
  const width = targets ?? (labelsTokens(task) ? length : 1);
  const labels: Labels = new (labelKind(task) === 'number' ? Float32Array : Int32Array)(rows * width).fill(ignored);
  examples.forEach((example, row) => {
    const start = row * length;
    input_ids.set(example.ids, start);
    if (example.mask) attention_mask.set(example.mask, start);
    else attention_mask.fill(1, start, start + example.ids.length);
    if (example.typeIds) token_type_ids!.set(example.typeIds, start);
    if (example.positions) position_ids!.set(example.positions, start);
    labels.set(example.labels, row * width);
  });
  const tokens = attention_mask.reduce((sum, real) => (real > 0 ? sum + 1 : sum), 0);
  const batch = {
    shape: { rows, length },
    input_ids,
    attention_mask,
    ...(token_type_ids && { token_type_ids }),
    ...(position_ids && { position_ids }),
    labels,
    tokens,
  };
  if (targets === undefined) return batch;
  return {
    ...batch,
    shape: { rows, length, targets },
    decoder_input_ids: shiftedRight(labels, targets, startTokenId ?? padTokenId, padTokenId),
    tokens: tokens + examples.reduce((sum, example) => sum + example.labels.length, 0),
  };
}

/** [rows, targets]: each row begins with `start`, then goes its labels but the last; what is ignored there is padding, as in transformers. */
function shiftedRight(labels: Labels, targets: number, start: number, pad: number): Int32Array {
  return Int32Array.from(labels, (_, i) => {
    if (i % targets === 0) return start;
    const before = labels[i - 1]!;
    return before === ignored ? pad : before;
  });
}
