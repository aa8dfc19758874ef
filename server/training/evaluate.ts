/** Loss and metrics over a data set, without gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, collate } from '../data/batches.ts';
import { type LabelKind, labelKind } from '../data/tasks.ts';
import { type Examples, ignored, tokensAt } from '../data/types.ts';
import type { CompiledStep } from '../engine/types.ts';
import { classScores } from '../metrics/classification.ts';
import { numberScores } from '../metrics/regression.ts';
import { batchTensors, type Tensors, trainableTensors } from './feed.ts';
import type { TrainableModel } from './types.ts';

export interface Evaluation {
  /** Mean over the labels that count. */
  loss: number;
  /** Those of the task (metrics/metrics.ts). A metric that is no finite number is left out. */
  metrics: Record<string, number>;
}

/** What the rows have, and what the model says of them: classes, or numbers. */
interface Answers {
  labels: number[];
  predicted: number[];
  /** Outputs of the head. */
  width: number;
}

/**
 * Evaluates with the present values of the trainable tensors, `batchSize` rows at a time. Undefined when `signal` aborts.
 * `step` is the model's `evaluationStep`, compiled; `alive` is called after each batch.
 */
export async function evaluate(
  model: TrainableModel,
  step: CompiledStep,
  examples: Examples,
  { batchSize, signal, alive = () => {} }: { batchSize: number; signal: AbortSignal; alive?: () => void },
): Promise<Evaluation | undefined> {
  // Rows of like length together: less padding, fewer shapes. The sort is stable, so the sum has one order.
  const lengths = Uint32Array.from({ length: examples.length }, (_, i) => tokensAt(examples, i));
  const sorted = Uint32Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const trainable = trainableTensors(model.trainable);
  const sum = { loss: 0, labels: 0 };
  const answers: Answers = { labels: [], predicted: [], width: 0 };
  try {
    for (let from = 0; from < sorted.length; from += batchSize) {
      if (signal.aborted) return undefined;
      const rows = Array.from(sorted.subarray(from, from + batchSize), (i) => examples.at(i)!);
      const batch = collate(rows, model);
      const { loss, logits } = batchResult(step, batch, trainable);
      sum.loss += loss;
      sum.labels += model.countLabels(batch.labels, batch.shape);
      if (logits) collect(answers, logits, batch, labelKind(model.task));
      alive();
      await new Promise(setImmediate);
    }
  } finally {
    tf.dispose(trainable);
  }
  const loss = sum.loss / sum.labels;
  const metrics = scores[labelKind(model.task)](loss, answers);
  return { loss, metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value))) };
}

const perplexity = (loss: number): Record<string, number> => ({ perplexity: Math.exp(loss) });
const scores: Record<LabelKind, (loss: number, answers: Answers) => Record<string, number>> = {
  'next-token': perplexity,
  'target-token': perplexity,
  class: (_, { labels, predicted, width }) => classScores(labels, predicted, width),
  number: (_, { labels, predicted }) => numberScores(labels, predicted),
};

function batchResult(step: CompiledStep, batch: Batch, trainable: Tensors): { loss: number; logits?: Float32Array } {
  const inputs = batchTensors(batch);
  const outputs = step.run({ ...trainable, ...inputs });
  const loss = outputs.loss_sum!.dataSync()[0]!;
  const logits = outputs.logits?.dataSync<'float32'>().slice();
  tf.dispose([inputs, outputs]);
  return { loss, ...(logits && { logits }) };
}

/** Adds the rows of a batch that count; of equal logits the first class is said. */
function collect(answers: Answers, logits: Float32Array, { labels }: Batch, kind: LabelKind): void {
  answers.width = logits.length / labels.length;
  for (const [row, label] of labels.entries()) {
    if (kind === 'class' && label === ignored) continue;
    const own = logits.subarray(row * answers.width, (row + 1) * answers.width);
    answers.labels.push(label);
    answers.predicted.push(kind === 'class' ? own.indexOf(Math.max(...own)) : own[0]!);
  }
}
