/** A recorded training step of each family against the same step run eagerly, with adapters everywhere, dropout and checkpointing. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { randomTensors, type Tensors, trainableTensors } from '../../../server/training/feed.ts';
import type { TrainableModel } from '../../../server/training/types.ts';
import { batchOf, disturb } from '../training/steps.ts';
import { largestDifference, recipeFor } from './tiny.ts';

beforeAll(() => startEngine());

const adapted = '[{ method: lora, rank: 2, dropout: 0.3, target_modules: all-linear }]';
const training = 'data: { train: a.jsonl }\ntraining: { gradient_checkpointing: true }';

async function modelAndInputs(name: string): Promise<{ model: TrainableModel; inputs: Tensors }> {
  const model = await assembleRecipe(recipeFor(name, adapted, training));
  disturb(model.trainable);
  const batch = batchOf(name, model);
  const [rows, length] = batch.input_ids.shape as [number, number];
  const draws = randomTensors(model.randomInputs({ rows, length }), Random.seeded(1, 'draws'));
  return { model, inputs: { ...trainableTensors(model.trainable), ...batch, ...draws } };
}

describe.each(['bert', 'deberta-v2', 'deberta-v2-conv', 'deberta-v2-c2p', 'distilbert', 'albert', 'albert-groups'])(
  '%s',
  (name) => {
    it('gives the loss and the gradients that it gives eagerly, checkpointed or not', async () => {
      const { model, inputs } = await modelAndInputs(name);
      const eager = tf.tidy(() => model.lossStep(inputs));
      const gradients = Object.keys(eager).filter((output) => output.startsWith('grad:'));
      expect(gradients).toHaveLength(model.trainable.size);
      for (const compiled of [compileStep(model.lossStep, inputs), compileStep(model.keptStep!, inputs)]) {
        const recorded = compiled.run(inputs);
        for (const [output, expected] of Object.entries(eager)) {
          const difference = largestDifference(recorded[output]!.dataSync(), expected.dataSync());
          expect(difference, output).toBeLessThan(2e-6);
        }
        compiled.dispose();
      }
      for (const output of gradients) expect(Math.hypot(...eager[output]!.dataSync()), output).toBeGreaterThan(1e-6);
    });
  },
);

it.each([
  ['deberta-v2', '.attention.self.key_proj', 2],
  ['deberta-v2', '.attention.self.value_proj', 1],
  ['deberta-v2-conv', '.attention.self.pos_key_proj', 1],
  ['deberta-v2-c2p', '.attention.self.query_proj', 1],
  ['albert', '.attention.query', 3],
  ['albert-groups', '.albert_layer_groups.0.albert_layers.1.ffn', 3],
])('%s draws for %s in each of its applications', async (name, module, times) => {
  const { model, inputs } = await modelAndInputs(name);
  const draws = Object.keys(inputs).filter((input) => input.includes(`${module}.random.`));
  const matrices = [...model.trainable.keys()].filter((key) => key.endsWith(`${module}.lora_A.weight`));
  expect(draws).toHaveLength(times * matrices.length);
  const loss = (given: Tensors) => tf.tidy(() => model.lossStep(given).loss!.dataSync()[0]!);
  for (const draw of draws)
    expect(loss({ ...inputs, [draw]: tf.zerosLike(inputs[draw]!) }), draw).not.toBe(loss(inputs));
});
