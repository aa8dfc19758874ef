import { rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { compileStep, eagerStep, startEngine } from '../../../server/engine/index.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { randomTensors, trainableTensors } from '../../../server/training/feed.ts';
import { noiseInput, withNoise } from '../../../server/training/neftune.ts';
import { largestDifference, recipeFor } from '../models/tiny.ts';
import { adapterBytes, classFile, makeRun, temporary, tiny, train } from './runs.ts';
import { batchOf } from './steps.ts';

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterAll(() => rmSync(folder, { recursive: true }));

test('noise is uniform up to alpha/√(L·d) of the real tokens, and none at padding', () => {
  const draws = tf.tensor3d([
    [
      [0, 1],
      [0.5, 0.75],
      [0, 0],
    ],
  ]);
  const noisy = withNoise(tf.ones([1, 3, 2]), draws, tf.tensor2d([[1, 1, 0]], undefined, 'int32'), 5);
  const most = 5 / Math.sqrt(2 * 2);
  expect(largestDifference(noisy.dataSync(), [1 - most, 1 + most, 1, 1 + most / 2, 1, 1])).toBeLessThan(1e-6);
});

test.each(['llama', 'roberta', 'gpt2', 'opt', 'deberta-v2', 'albert', 'gpt_neox', 'gemma2'])(
  '%s: training has noise, compiled as eagerly; without draws the loss is that of evaluation',
  async (name) => {
    const recipe = recipeFor(name, '[{ method: lora, target_modules: all-linear }]', 'training: { neftune_alpha: 5 }');
    const model = await assembleRecipe(recipe);
    const batch = batchOf(name, model);
    const [rows, length] = batch.input_ids.shape as [number, number];
    const shapes = model.randomInputs({ rows, length });
    expect([...shapes.keys()]).toEqual([noiseInput]);
    const inputs = { ...batch, ...trainableTensors(model.trainable) };
    const draws = randomTensors(shapes, Random.seeded(1));
    const lossOf = (way: typeof eagerStep | typeof compileStep, more = {}) =>
      way(model.lossStep, { ...inputs, ...more })
        .run({ ...inputs, ...more })
        .loss!.dataSync()[0]!;
    const noisy = lossOf(eagerStep, draws);
    expect(lossOf(compileStep, draws)).toBeCloseTo(noisy, 4);
    const { loss_scale, ...plain } = inputs;
    const sum = eagerStep(model.evaluationStep).run(plain).loss_sum!.dataSync()[0]!;
    const quiet = sum * loss_scale!.dataSync()[0]!;
    expect(lossOf(eagerStep)).toBeCloseTo(quiet, 5);
    expect(Math.abs(noisy - quiet)).toBeGreaterThan(1e-4);
    model.dispose();
  },
);

test('a run with noise, smoothing and class weights resumes to the same bytes, its compiled steps as the reference', async () => {
  const data = classFile(folder);
  const changes = {
    model: { path: tiny('roberta'), task: 'sequence-classification' },
    adapters: [{ method: 'lora', rank: 2, target_modules: ['query'], dropout: 0.1 }],
    data: { train: data, validation: data },
    training: { max_steps: 6, neftune_alpha: 5, label_smoothing: 0.1, class_weights: [1, 2, 3], check: 'full' },
  };
  const whole = makeRun(folder, 'whole', changes);
  const events = await train(whole);
  const checks = events.flatMap((event) => (event.event === 'compiled' ? [event.check] : []));
  expect(new Set(checks)).toEqual(new Set(['whole']));
  const broken = makeRun(folder, 'broken', changes);
  await train(broken, { cancelAt: 3 });
  await train(broken, { resume: true });
  expect(adapterBytes(broken).equals(adapterBytes(whole))).toBe(true);
  // What the loss of training has, that of evaluation has not.
  const plain = makeRun(folder, 'plain', { ...changes, training: { max_steps: 6 } });
  const first = (all: RunEvent[], kind: 'evaluation' | 'step') =>
    all.find(({ event }) => event === kind) as { loss: number };
  const others = await train(plain);
  expect(first(others, 'evaluation').loss).toBe(first(events, 'evaluation').loss);
  expect(first(others, 'step').loss).not.toBe(first(events, 'step').loss);
});
