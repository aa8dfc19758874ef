/** Training steps of Hugging Face PEFT (test/fixtures/traces), replayed by compiled steps on a GPU. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { bucketedStep, startEngine, toHost } from '../../../server/engine/index.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import { AdamW } from '../../../server/training/optimizer.ts';
import { useSwiftShader } from '../engine/swiftshader.ts';
import { fixture, recipeFor } from '../models/tiny.ts';

const STEPS = 6;
const read = (...parts: string[]) => JSON.parse(readFileSync(fixture('traces', ...parts), 'utf8'));

test.skipIf(!useSwiftShader())('the losses of a LoRA run on webgpu are those of PEFT', async () => {
  await startEngine({ backend: 'webgpu', threads: 2 });
  const before = path.join(fixture('traces', 'llama', 'lora'), 'adapter_before');
  const model = await assembleRecipe(recipeFor('llama', `[{ path: ${before} }]`));
  const { lr, optimizer: settings, loss_per_step } = read('llama', 'lora', 'trace.json');
  const optimizer = new AdamW(model.trainable, settings);
  const step = bucketedStep(model.lossStep);
  for (const [i, batch] of read('llama', 'batches.json').slice(0, STEPS).entries()) {
    const count = model.countLabels(Int32Array.from(batch.labels.flat()), {
      rows: batch.labels.length,
      length: batch.labels[0].length,
    });
    const integers = (values: number[][]) => tf.tensor(values, undefined, 'int32');
    const outputs = step.run({
      ...trainableTensors(model.trainable),
      input_ids: integers(batch.input_ids),
      attention_mask: integers(batch.attention_mask),
      labels: integers(batch.labels),
      loss_scale: tf.scalar(1 / count),
    });
    expect(Math.abs(outputs.loss!.dataSync()[0]! - loss_per_step[i]), `loss ${i}`).toBeLessThan(1e-5);
    const gradients = [...model.trainable.keys()].map((name) => [name, toHost(outputs[`grad:${name}`]!).data] as const);
    optimizer.update(new Map(gradients), () => lr);
  }
  step.dispose();
});
