/** Runs a trainable model's steps in tests, on fixed batches of the tiny models. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { toHost } from '../../../server/engine/index.ts';
import { type Tensors, trainableTensors } from '../../../server/training/feed.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { referenceCases } from '../models/tiny.ts';

/** The padded reference case of a model as inputs of its loss step, the whole batch in one. */
export function batchOf(
  name: string,
  model: TrainableModel,
): Tensors & { input_ids: tf.Tensor; attention_mask: tf.Tensor } {
  const { inputs, labels } = referenceCases(name).find((c) => c.name === 'padded')!;
  const [rows, length] = inputs.input_ids.shape as [number, number];
  const count = model.countLabels(labels.dataSync() as Int32Array, { rows, length });
  return { ...inputs, labels, loss_scale: tf.scalar(1 / count) };
}

/** Loss and gradients with the present master copies. */
export function runLoss(
  model: TrainableModel,
  inputs: Tensors,
): { loss: number; gradients: Map<string, Float32Array> } {
  const trainable = trainableTensors(model.trainable);
  const outputs = tf.tidy(() => model.lossStep({ ...trainable, ...inputs }));
  const gradients = new Map<string, Float32Array>();
  for (const name of model.trainable.keys()) gradients.set(name, toHost(outputs[`grad:${name}`]!).data);
  const loss = outputs.loss!.dataSync()[0]!;
  tf.dispose([trainable, outputs]);
  return { loss, gradients };
}

/** Their loss alone, several times as quick: what no gradient is asked for needs no backward pass. Without what methods add to it. */
export function plainLoss(model: TrainableModel, inputs: Tensors): number {
  const trainable = trainableTensors(model.trainable);
  const { loss_scale, ...rest } = inputs;
  const outputs = tf.tidy(() => model.evaluationStep({ ...trainable, ...rest }));
  const loss = outputs.loss_sum!.dataSync()[0]! * loss_scale!.dataSync()[0]!;
  tf.dispose([trainable, outputs]);
  return loss;
}

/** Pushes every trainable number off its start, the same way each time, so that no B is zero. */
export function disturb(trainable: Map<string, HostTensor>, size = 0.05): void {
  let i = 0;
  for (const { data } of trainable.values()) for (let k = 0; k < data.length; k++) data[k]! += size * Math.sin(++i);
}
