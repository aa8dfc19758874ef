/** Loss and metrics over a data set, without gradients. */
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, collate } from '../data/batches.ts';
import { labelsTokens } from '../data/tasks.ts';
import { type Examples, tokensAt } from '../data/types.ts';
import type { CompiledStep } from '../engine/types.ts';
import { batchTensors, type Tensors, trainableTensors } from './feed.ts';
import type { TrainableModel } from './types.ts';

export interface Evaluation {
  /** Mean over the labels that count. */
  loss: number;
  /** causal-lm: perplexity; classification: accuracy. A metric that is no finite number is left out. */
  metrics: Record<string, number>;
}

/**
 * Evaluates with the present values of the trainable tensors, `batchSize` rows at a time. Undefined when `signal` aborts.
 * `step` is the model's `evaluationStep`, compiled.
 */
export async function evaluate(
  model: TrainableModel,
  step: CompiledStep,
  examples: Examples,
  { batchSize, signal }: { batchSize: number; signal: AbortSignal },
): Promise<Evaluation | undefined> {
  const perToken = labelsTokens(model.task);
  // Rows of like length together: less padding, fewer shapes. The sort is stable, so the sum has one order.
  const lengths = Uint32Array.from({ length: examples.length }, (_, i) => tokensAt(examples, i));
  const sorted = Uint32Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const trainable = trainableTensors(model.trainable);
  const sum = { loss: 0, labels: 0, correct: 0 };
  try {
    for (let from = 0; from < sorted.length; from += batchSize) {
      if (signal.aborted) return undefined;
      const { padTokenId, maxLength: limit } = model;
      const rows = Array.from(sorted.subarray(from, from + batchSize), (i) => examples.at(i)!);
      const batch = collate(rows, { padTokenId, perToken, limit });
      const { loss, correct } = batchResult(step, batch, trainable);
      sum.loss += loss;
      sum.correct += correct;
      sum.labels += model.countLabels(batch.labels, batch.shape);
      await new Promise(setImmediate);
    }
  } finally {
    tf.dispose(trainable);
  }
  const loss = sum.loss / sum.labels;
  const metrics = perToken ? { perplexity: Math.exp(loss) } : { accuracy: sum.correct / sum.labels };
  return { loss, metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value))) };
}

function batchResult(step: CompiledStep, batch: Batch, trainable: Tensors): { loss: number; correct: number } {
  const inputs = batchTensors(batch);
  const outputs = step.run({ ...trainable, ...inputs });
  const loss = outputs.loss_sum!.dataSync()[0]!;
  const correct = outputs.logits ? countCorrect(outputs.logits.dataSync(), batch.labels) : 0;
  tf.dispose([inputs, outputs]);
  return { loss, correct };
}

/** Rows whose largest logit is that of their label. */
function countCorrect(logits: ArrayLike<number>, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  for (const [row, label] of labels.entries()) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
    if (best === label) correct++;
  }
  return correct;
}
