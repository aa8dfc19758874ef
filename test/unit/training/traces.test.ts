/** Twenty training steps of Hugging Face PEFT with torch's AdamW, step by step (test/fixtures/traces). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { peftPrefix, readAdapter } from '../../../server/checkpoint/peft.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { gradientNorm } from '../../../server/training/clip.ts';
import { AdamW } from '../../../server/training/optimizer.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { fixture, largestDifference, readTensors, recipeFor } from '../models/tiny.ts';
import { runLoss } from './steps.ts';

interface Trace {
  lr: number;
  optimizer: { betas: [number, number]; eps: number; weight_decay: number };
  n_trainable: number;
  loss_per_step: number[];
  grad_norm_per_step: number[];
}
interface BatchRows {
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[] | number[][];
}

const json = <T>(...parts: string[]): T => JSON.parse(readFileSync(fixture('traces', ...parts), 'utf8'));

function inputsOf(batch: BatchRows, model: TrainableModel) {
  const { input_ids, attention_mask, labels } = batch;
  const shape = { rows: input_ids.length, length: input_ids[0]!.length };
  const count = model.countLabels(Int32Array.from(labels.flat()), shape);
  return {
    input_ids: tf.tensor(input_ids, undefined, 'int32'),
    attention_mask: tf.tensor(attention_mask, undefined, 'int32'),
    labels: tf.tensor(labels, undefined, 'int32'),
    loss_scale: tf.scalar(1 / count),
  };
}

beforeAll(() => startEngine());

describe.each([
  ['llama', 'lora'],
  ['llama', 'rslora'],
  ['roberta', 'lora'],
  ['roberta', 'lora_head'],
])('trace %s/%s', (name, method) => {
  it('is replayed from the saved start', async () => {
    const folder = fixture('traces', name, method);
    const trace = json<Trace>(name, method, 'trace.json');
    const batches = json<BatchRows[]>(name, 'batches.json');
    const model = await assembleRecipe(recipeFor(name, `[{ path: ${path.join(folder, 'adapter_before')} }]`));
    expect(model.trainableParameters).toBe(trace.n_trainable);

    const optimizer = new AdamW(model.trainable, trace.optimizer);
    for (const [step, batch] of batches.entries()) {
      const { loss, gradients } = runLoss(model, inputsOf(batch, model));
      expect(Math.abs(loss - trace.loss_per_step[step]!), `loss ${step}`).toBeLessThan(1e-5);
      const norm = trace.grad_norm_per_step[step]!;
      expect(Math.abs(gradientNorm(gradients.values()) / norm - 1), `norm ${step}`).toBeLessThan(1e-4);
      optimizer.update(gradients, () => trace.lr);
    }

    const { tensors } = await readAdapter(path.join(folder, 'adapter_after'));
    expect(model.trainable.size).toBe(tensors.size);
    for (const [key, { data }] of tensors) {
      const ours = model.trainable.get(key.slice(peftPrefix.length))!.data;
      expect(largestDifference(ours, data), key).toBeLessThan(1e-4);
    }
    const logits = readTensors(path.join(folder, 'logits.safetensors')).get('final_logits_batch0')!;
    const ours = model.logits(inputsOf(batches[0]!, model)).dataSync();
    const width = logits.shape.at(-1)!;
    const real = batches[0]!.attention_mask.flat();
    const compared = (values: ArrayLike<number>) =>
      Array.from(values).filter((_, i) => logits.shape.length === 2 || real[Math.floor(i / width)] === 1);
    expect(largestDifference(compared(ours), compared(logits.data))).toBeLessThan(1e-4);
  });
});

it.each(['llama', 'roberta'])('full training of %s lowers the loss', async (name) => {
  const model = await assembleRecipe(recipeFor(name, '[{ method: full }]'));
  const [batch] = json<BatchRows[]>(name, 'batches.json');
  const optimizer = new AdamW(model.trainable, { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0 });
  const losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const { loss, gradients } = runLoss(model, inputsOf(batch!, model));
    losses.push(loss);
    optimizer.update(gradients, () => 1e-3);
  }
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
});
