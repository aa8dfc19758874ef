/** What a task is trained for: its loss, which of its labels count, and what an evaluation of it says. One entry per kind of label. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type LabelKind, labelKind } from '../data/tasks.ts';
import { ignored } from '../data/types.ts';
import { crossEntropy } from '../engine/ops/index.ts';
import type { Task } from '../recipe/types.ts';
import type { BatchShape } from './types.ts';

/** What training does to a loss over classes, and evaluation does not. As torch's cross_entropy; transformers' LabelSmoother is the same. */
export interface Softening {
  /** Part of the target that is spread over all classes. */
  smoothing?: number;
  /** One a class. */
  weights?: Tensor | undefined;
}

export interface Objective {
  /** Sum of the losses of all labels that count; recordable. `logits` and `labels` as in `TrainableModel.evaluationStep`, numbers as float32. */
  lossSum(logits: Tensor, labels: Tensor, how?: Softening): Tensor;
  /** How many of a micro-batch's labels count, as a scalar of the graph; with weights, the sum of theirs. */
  counted(logits: Tensor, labels: Tensor, weights?: Tensor): Tensor;
  /** The same on the host. */
  count(labels: ArrayLike<number>, shape: BatchShape, weights?: ArrayLike<number>): number;
  /** An evaluation looks at the logits themselves, not at their loss alone. */
  readsLogits: boolean;
}

const nextToken: Objective = {
  lossSum: (logits, labels, how) => crossEntropies(logits, nextLabels(logits, labels), how),
  counted: (logits, labels) => countIn(nextLabels(logits, labels)),
  count: (labels, { length }) => countOf(labels, (label, i) => label !== ignored && i % length !== 0),
  readsLogits: false,
};

const oneClass: Objective = {
  lossSum: crossEntropies,
  counted: (logits, labels, weights) => (weights ? tf.sum(tf.mul(oneHot(logits, labels), weights)) : countIn(labels)),
  count: (labels, _, weights) => (weights ? weightOf(labels, weights) : countOf(labels, (label) => label !== ignored)),
  readsLogits: true,
};

/** Tokens of another text, each beside its logits. */
const targetToken: Objective = { ...oneClass, readsLogits: false };

/** Mean squared error, as transformers takes for one label. Each row counts. */
const number: Objective = {
  lossSum: (logits, labels) => tf.sum(tf.square(tf.sub(tf.reshape(logits, [-1]), labels))),
  counted: (_, labels) => tf.scalar(labels.size),
  count: (labels) => labels.length,
  readsLogits: true,
};

const objectives: Record<LabelKind, Objective> = {
  'next-token': nextToken,
  'target-token': targetToken,
  class: oneClass,
  number,
};

export const objectiveOf = (task: Task): Objective => objectives[labelKind(task)];

function crossEntropies(logits: Tensor, labels: Tensor, { smoothing = 0, weights }: Softening = {}): Tensor {
  const rows = tf.reshape(logits, [-1, logits.shape.at(-1)!]);
  const flat = tf.reshape(labels, [-1]);
  if (weights) return weighted(rows, flat, smoothing, weights);
  return tf.sum(crossEntropy(rows, flat, ignored, smoothing));
}

/** −Σ wᶜ·qᶜ·log pᶜ with q the smoothed target: each class weighs its own part of it. logits: [rows, classes]. */
function weighted(logits: Tensor, labels: Tensor, smoothing: number, weights: Tensor): Tensor {
  const counts = tf.expandDims(tf.cast(tf.notEqual(labels, ignored), 'float32'), -1);
  const even = tf.mul(counts, smoothing / logits.shape[1]!);
  const target = tf.add(tf.mul(oneHot(logits, labels), 1 - smoothing), even);
  return tf.neg(tf.sum(tf.mul(tf.mul(target, weights), tf.logSoftmax(logits, -1))));
}

/** [rows, classes]; a row that is ignored is all 0. */
function oneHot(logits: Tensor, labels: Tensor): Tensor {
  const counts = tf.notEqual(labels, ignored);
  const places = tf.where(counts, labels, tf.zerosLike(labels)) as tf.Tensor1D;
  const chosen = tf.oneHot(places, logits.shape[1]!, 1, 0, 'float32');
  return tf.mul(chosen, tf.expandDims(tf.cast(counts, 'float32'), -1));
}

const countIn = (labels: Tensor): Tensor => tf.sum(tf.cast(tf.notEqual(labels, ignored), 'float32'));

function countOf(labels: ArrayLike<number>, counts: (label: number, i: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) if (counts(labels[i]!, i)) count++;
  return count;
}

function weightOf(labels: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== ignored) sum += weights[labels[i]!]!;
  return sum;
}

/** [batch, time] -> [batch·time]: each position gets its successor's label, the last one none. It spares a copy of the logits. */
function nextLabels(logits: Tensor, labels: Tensor): Tensor {
  const [batch, time] = logits.shape as [number, number];
  const none = tf.fill([batch, 1], ignored, 'int32');
  const rows = tf.reshape(labels, [batch, time]);
  const shifted = time > 1 ? tf.concat([tf.slice(rows, [0, 1], [batch, time - 1]), none], 1) : none;
  return tf.reshape(shifted, [batch * time]);
}
