/** ViT against transformers and PEFT, on images that are no squares. */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import type { ModelInputs } from '../../../server/models/types.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
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

it('is not trained yet, and says so', async () => {
  const recipe = recipeFor('vit', '[{ method: lora, target_modules: [query] }]');
  const model = { ...recipe.model, task: 'image-classification' as const };
  await expect(assembleRecipe({ ...recipe, model })).rejects.toMatchObject({
    code: 'model-not-runnable',
    field: 'model.task',
    message: expect.stringContaining('not trained yet'),
  });
});
