/**
 * The pure steps: functions of (trainable tensors, batch, scalars, random inputs) with no read-back and no draw inside, so that
 * they can be recorded once and compiled (docs/DESIGN.md §6).
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../engine/index.ts';
import { crossEntropy } from '../engine/ops/index.ts';
import type { StepFunction } from '../engine/types.ts';
import type { ModelInputs } from '../models/types.ts';
import { paramsOf, tensorsOf } from './assemble-params.ts';
import { type Assembly, randomName } from './assemble-types.ts';
import type { BatchShape } from './types.ts';

/** Labels with this value do not count, as in PyTorch. */
export const ignoredLabel = -100;

/** See `TrainableModel.lossStep`. */
export function lossStep(assembly: Assembly): StepFunction {
  return (inputs) => {
    const trainable = Object.fromEntries([...assembly.trainable.keys()].map((name) => [name, inputs[name]!]));
    const scaled = () => {
      const y = logits(assembly, inputs);
      const loss = tf.mul(lossSum(assembly, y, inputs), inputs.loss_scale!);
      const penalty = penaltyOf(assembly, inputs);
      return (penalty ? tf.add(loss, tf.mul(penalty, share(assembly, y, inputs))) : loss) as tf.Scalar;
    };
    const { value, gradients } = valueAndGradients(scaled, trainable);
    const outputs: Record<string, Tensor> = { loss: value };
    for (const [name, gradient] of Object.entries(gradients)) outputs[`grad:${name}`] = gradient;
    return outputs;
  };
}

/** See `TrainableModel.evaluationStep`. */
export function evaluationStep(assembly: Assembly): StepFunction {
  return (inputs) => {
    const y = logits(assembly, inputs);
    const loss_sum = lossSum(assembly, y, inputs);
    return assembly.task === 'causal-lm' ? { loss_sum } : { loss_sum, logits: y };
  };
}

/** See `TrainableModel.logitsStep`. */
export const logitsStep =
  (assembly: Assembly): StepFunction =>
  (inputs) => ({ logits: logits(assembly, inputs) });

function logits(assembly: Assembly, inputs: Record<string, Tensor>): Tensor {
  const { family, config, task } = assembly;
  return family.logits(config, task, paramsOf(assembly, inputs), inputs as Record<string, Tensor> & ModelInputs);
}

/** Sum of the cross entropies of all labels that count; causal-lm: position t against the label at t + 1. */
function lossSum({ task }: Assembly, y: Tensor, { labels }: Record<string, Tensor>): Tensor {
  return tf.sum(crossEntropy(tf.reshape(y, [-1, y.shape.at(-1)!]), targetsOf(task, y, labels!), ignoredLabel));
}

const targetsOf = (task: Assembly['task'], y: Tensor, labels: Tensor): Tensor =>
  task === 'causal-lm' ? nextLabels(tf.reshape(labels, y.shape.slice(0, 2))) : labels;

/** The part of the whole batch's labels that is in this micro-batch: what is added once a step is added by these parts. */
function share({ task }: Assembly, y: Tensor, { labels, loss_scale }: Record<string, Tensor>): Tensor {
  const counted = tf.cast(tf.notEqual(targetsOf(task, y, labels!), ignoredLabel), 'float32');
  return tf.mul(tf.sum(counted), loss_scale!);
}

/** The terms that methods add to the training loss. */
function penaltyOf({ entries, sites }: Assembly, inputs: Record<string, Tensor>): Tensor | undefined {
  const terms = entries.flatMap(({ name }) => {
    const own = [...sites.values()].filter((site) => site.entry.name === name);
    const each = own.flatMap((site) => site.half.penalty?.(tensorsOf(site, inputs), site.settings) ?? []);
    return each.length > 0
      ? [
          tf.mul(
            each.reduce((sum, term) => tf.add(sum, term)),
            1 / each.length,
          ),
        ]
      : [];
  });
  return terms.length > 0 ? terms.reduce((sum, term) => tf.add(sum, term)) : undefined;
}

/** [batch, time] -> [batch·time]: each position gets its successor's label, the last one none. It spares a copy of the logits. */
function nextLabels(labels: Tensor): Tensor {
  const [batch, time] = labels.shape as [number, number];
  const none = tf.fill([batch, 1], ignoredLabel, 'int32');
  const shifted = time > 1 ? tf.concat([tf.slice(labels, [0, 1], [batch, time - 1]), none], 1) : none;
  return tf.reshape(shifted, [batch * time]);
}

/** See `TrainableModel.countLabels`. */
export function countLabels({ task }: Pick<Assembly, 'task'>, labels: Int32Array, shape: BatchShape): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++)
    if (labels[i] !== ignoredLabel && !(task === 'causal-lm' && i % shape.length === 0)) count++;
  return count;
}

/** See `TrainableModel.randomInputs`. */
export function randomInputs(assembly: Assembly, shape: BatchShape): Map<string, number[]> {
  const { family, config } = assembly;
  const inputs = new Map<string, number[]>();
  for (const site of assembly.sites.values()) {
    // Heads and poolers read one token of each row.
    const role = assembly.modules.get(site.name)!.role;
    const usual = role === 'pooler' || role === 'task-head' ? shape.rows : shape.rows * shape.length;
    const applications = family.applications?.(config, site.name, shape) ?? [usual];
    for (const [application, rows] of applications.entries())
      for (const [name, drawn] of Object.entries(site.half.randomInputs?.(site, rows) ?? {}))
        inputs.set(randomName(site, name, application), drawn);
  }
  return inputs;
}
