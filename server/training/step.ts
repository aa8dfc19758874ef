/**
 * The pure steps: functions of (trainable tensors, batch, scalars, random inputs) with no read-back and no draw inside, so that
 * they can be recorded once and compiled (docs/DESIGN.md §6).
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradients } from '../engine/index.ts';
import type { StepFunction } from '../engine/types.ts';
import type { ModelInputs } from '../models/types.ts';
import { paramsOf, tensorsOf } from './assemble-params.ts';
import { type Assembly, randomName } from './assemble-types.ts';
import { noiseInput, noiseShape } from './neftune.ts';
import { objectiveOf } from './objectives.ts';
import type { BatchShape } from './types.ts';

/** See `TrainableModel.lossStep`. */
export function lossStep(assembly: Assembly): StepFunction {
  const { lossSum, counted } = objectiveOf(assembly.task);
  const smoothing = assembly.labelSmoothing;
  return (inputs) => {
    const weights = inputs.class_weights;
    const trainable = Object.fromEntries([...assembly.trainable.keys()].map((name) => [name, inputs[name]!]));
    const scaled = () => {
      const y = logits(assembly, inputs);
      const loss = tf.mul(lossSum(y, inputs.labels!, { smoothing, weights }), inputs.loss_scale!);
      const penalty = penaltyOf(assembly, inputs);
      if (!penalty) return loss as tf.Scalar;
      // The part of the whole batch's labels that is in this micro-batch: what is added once a step is added by these parts.
      const share = tf.mul(counted(y, inputs.labels!, weights), inputs.loss_scale!);
      return tf.add(loss, tf.mul(penalty, share)) as tf.Scalar;
    };
    const { value, gradients } = valueAndGradients(scaled, trainable);
    const outputs: Record<string, Tensor> = { loss: value };
    for (const [name, gradient] of Object.entries(gradients)) outputs[`grad:${name}`] = gradient;
    return outputs;
  };
}

/** See `TrainableModel.evaluationStep`. */
export function evaluationStep(assembly: Assembly): StepFunction {
  const { lossSum, readsLogits } = objectiveOf(assembly.task);
  return (inputs) => {
    const y = logits(assembly, inputs);
    const loss_sum = lossSum(y, inputs.labels!);
    return readsLogits ? { loss_sum, logits: y } : { loss_sum };
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
  if (assembly.neftune !== undefined) inputs.set(noiseInput, noiseShape(assembly, shape));
  return inputs;
}
