/** A part of an adapter's change: the weight 0 is the base, 1 the adapter, and others are what composing makes. */

import { rmSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { composeAdapters } from '../../../server/training/compose.ts';
import { trainableTensors } from '../../../server/training/feed.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { largestDifference, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { temporary } from './runs.ts';
import { disturb } from './steps.ts';

const scratch = temporary();
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
const factors = jacobiFactors([], path.join(scratch, 'home'));
let count = 0;
const fresh = () => path.join(scratch, String(count++));

async function trained(entry: string): Promise<string> {
  const model = await assembleRecipe(recipeFor('llama', `[${entry}]`), { factors });
  disturb(model.trainable, 0.02);
  return (await model.saveAdapters(fresh()))[0]!.path;
}

const assembled = (adapter?: string, weighable = false) =>
  assembleFolder(tiny('llama'), adapter, 'stored', { factors, weighable });

function logits(model: TrainableModel, trainable: TrainableModel['trainable'] = model.trainable): Float32Array {
  return tf.tidy(() => {
    const input_ids = tf.tensor([5, 9, 17, 3, 11, 8], [1, 6], 'int32');
    const inputs = { input_ids, attention_mask: tf.onesLike(input_ids), ...trainableTensors(trainable) };
    return model.logitsStep(inputs).logits!.dataSync<'float32'>().slice();
  });
}

const q = 'target_modules: [q_proj, v_proj]';
test.each([
  `{ method: lora, rank: 2, use_rslora: true, ${q} }`,
  `{ method: pissa, rank: 2, ${q} }`,
  `{ method: milora, rank: 3, ${q} }`,
  `{ method: adalora, init_rank: 3, ${q} }`,
  `{ method: lora-xs, rank: 4, ${q} }`,
  `{ method: vera, rank: 5, ${q} }`,
  `{ method: tied-lora, rank: 3, target_modules: [q_proj, o_proj] }`,
  `{ method: svf, ${q} }`,
  `{ method: svf, form: renormalized, ${q} }`,
  `{ method: svft, gate: true, ${q} }`,
  `{ method: svft, pattern: random, num_coefficients: 9, ${q} }`,
])('%s', async (entry) => {
  const adapter = await trained(entry);
  const model = await assembled(adapter, true);
  const { weighing } = model;
  if (!weighing || !('at' in weighing)) throw new Error(JSON.stringify(weighing));
  const [base, adapted] = [logits(await assembled()), logits(await assembled(adapter))];
  expect(largestDifference(base, adapted)).toBeGreaterThan(1e-3);
  const at = (weight: number) => logits(model, weighing.at(weight));
  expect(largestDifference(at(0), base)).toBeLessThan(2e-5);
  expect(largestDifference(at(1), adapted)).toBeLessThan(5e-5);
  const checkpoint = await openCheckpoint(tiny('llama'));
  const sources = [{ adapter, weight: 1.5 }];
  const { signal } = new AbortController();
  const more = entry.includes('renormalized') ? ({ combine: 'cat' } as const) : {};
  const composed = await composeAdapters(checkpoint, {
    model: tiny('llama'),
    sources,
    target: fresh(),
    factors,
    signal,
    ...more,
  });
  checkpoint.close();
  expect(largestDifference(at(1.5), logits(await assembled(composed.path)))).toBeLessThan(5e-5);
});

test.each([`{ method: dora, ${q} }`, `{ method: ia3 }`, `{ method: oft, block_size: 8, ${q} }`])(
  '%s has no part: it is on or off',
  async (entry) => {
    const adapter = await trained(entry);
    const model = await assembled(adapter, true);
    expect(model.weighing).toEqual({ reason: expect.stringMatching(/on or off/) });
    expect(largestDifference(logits(model), logits(await assembled(adapter)))).toBeLessThan(2e-5);
  },
);

test('a trained copy of a module is on or off, and says which', async () => {
  const adapter = await trained(`{ method: lora, rank: 2, ${q}, modules_to_save: [lm_head] }`);
  expect((await assembled(adapter, true)).weighing).toEqual({ reason: expect.stringContaining('lm_head') });
});
