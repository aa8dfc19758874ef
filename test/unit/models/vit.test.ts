/** ViT against transformers and PEFT, on images that are no squares. */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import type { ModelInputs } from '../../../server/models/types.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import { largestDifference, readTensors, recipeFor, tiny } from './tiny.ts';

beforeAll(() => startEngine());

const found = readTensors(path.join(tiny('vit'), 'reference.safetensors'));
const images = () => {
  const { data, shape } = found.get('image.pixel_values')!;
  return { pixel_values: tf.tensor(data, shape, 'float32') } as unknown as ModelInputs;
};

it('gives the logits of transformers, recorded as well', async () => {
  const model = await assembleFolder(tiny('vit'));
  const { data, shape } = found.get('image.logits')!;
  expect(model.image).toEqual({ channels: 3, height: 18, width: 12 });
  const eager = model.logits(images());
  expect(eager.shape).toEqual(shape);
  expect(largestDifference(eager.dataSync(), data)).toBeLessThan(2e-5);
  const inputs = { ...images() };
  const { logits } = compileStep(model.logitsStep, inputs).run(inputs);
  expect(largestDifference(logits!.dataSync(), data)).toBeLessThan(2e-5);
});

it("gives PEFT's logits with its adapter", async () => {
  const model = await assembleFolder(tiny('vit'), path.join(tiny('vit'), 'adapter'));
  const { data } = found.get('adapted.logits')!;
  expect(largestDifference(data, found.get('image.logits')!.data)).toBeGreaterThan(1e-2);
  expect(largestDifference(model.logits(images()).dataSync(), data)).toBeLessThan(2e-5);
});

it('gives the loss and the gradient of every parameter', async () => {
  const model = await assembleRecipe(recipeFor('vit', '[{ method: full }]'));
  const reference = readTensors(path.join(tiny('vit'), 'train.safetensors'));
  const [pixels, labels] = [reference.get('train.pixel_values')!, reference.get('train.labels')!];
  const inputs = {
    ...trainableTensors(model.trainable),
    pixel_values: tf.tensor(pixels.data, pixels.shape, 'float32'),
    labels: tf.tensor(Int32Array.from(labels.data), labels.shape, 'int32'),
    loss_scale: tf.scalar(1 / 3),
  };
  const expected = readTensors(path.join(tiny('vit'), 'grads_full.safetensors'));
  expect([...model.trainable.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const outputs of [model.lossStep(inputs), compileStep(model.lossStep, inputs).run(inputs)]) {
    expect(outputs.loss!.dataSync()[0]).toBeCloseTo(reference.get('train.loss')!.data[0]!, 5);
    for (const [parameter, { data }] of expected)
      expect(largestDifference(outputs[`grad:${parameter}`]!.dataSync(), data), parameter).toBeLessThan(2e-5);
  }
});
