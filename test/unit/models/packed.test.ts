/** Rows of several examples: every causal family computes each as if it were alone. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { collate } from '../../../server/data/batches.ts';
import { PackedExamples } from '../../../server/data/packing.ts';
import type { Example } from '../../../server/data/types.ts';
import { compileStep, startEngine } from '../../../server/engine/index.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { batchTensors, trainableTensors } from '../../../server/training/feed.ts';
import { GradientAccumulator } from '../../../server/training/gradients.ts';
import { disturb } from '../training/steps.ts';
import { largestDifference, recipeFor } from './tiny.ts';

beforeAll(() => startEngine());

const decoders = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma', 'gemma2', 'gemma3', 'phi3'];
const families = [...decoders.map((name) => `decoders/${name}`), 'gpt2', 'gpt_neox', 'opt', 'opt-350m'];
/** Longer than the windows of those that have one, and two rows of which one is not full. */
const usual = { lengths: [9, 4, 10, 3, 8], maxLength: 24 };
/** Up to its original length alone: `packing-unsupported` says so. */
const shorter = { lengths: [7, 4, 8, 3, 2], maxLength: 16 };

describe.each(families)('%s', (name) => {
  const assembled = async () => {
    const model = await assembleRecipe(recipeFor(name, '[{ method: lora, rank: 2, target_modules: all-linear }]'));
    disturb(model.trainable);
    const random = Random.seeded(1, name);
    const { lengths, maxLength } = name === 'decoders/phi3' ? shorter : usual;
    const examples = lengths.map((length, i): Example => {
      const ids = Int32Array.from({ length }, () => random.below(model.vocabSize));
      const labels = ids.map((id, k) => (i % 2 === 1 && k < 2 ? -100 : id));
      return { ids, labels };
    });
    const packed = new PackedExamples(examples, maxLength);
    expect(packed.length).toBe(2);
    const rows = [packed.at(0)!, packed.at(1)!];
    return { model, examples, packed, batch: collate(rows, model), alone: collate(examples, model) };
  };

  it('gives the logits of the rows alone', async () => {
    const { model, examples, packed, batch } = await assembled();
    const { labels: _, ...inputs } = batchTensors(batch);
    const all = compileStep(model.logitsStep, { ...trainableTensors(model.trainable), ...inputs });
    const ours = all.run({ ...trainableTensors(model.trainable), ...inputs }).logits!;
    for (let row = 0; row < packed.length; row++) {
      let at = 0;
      for (const i of packed.numbersOf(row)) {
        const { ids } = examples[i]!;
        const alone = model.logits({
          input_ids: tf.tensor(ids, [1, ids.length], 'int32'),
          attention_mask: tf.ones([1, ids.length], 'int32'),
        });
        const part = tf.slice(ours, [row, at, 0], [1, ids.length, -1]);
        expect(largestDifference(part.dataSync(), alone.dataSync()), `example ${i}`).toBeLessThan(2e-5);
        at += ids.length;
      }
    }
    all.dispose();
  });

  it('gives the loss and the gradients of the rows alone', async () => {
    const { model, batch, alone } = await assembled();
    const step = async (given: typeof batch) => {
      const example = { ...trainableTensors(model.trainable), ...batchTensors(given), loss_scale: tf.scalar(1) };
      const accumulator = new GradientAccumulator(model, compileStep(model.lossStep, example), 1);
      const loss = await accumulator.run([given], 1);
      return { loss, gradients: [...accumulator.gradients.values()].flatMap((values) => [...values]) };
    };
    const [together, apart] = [await step(batch), await step(alone)];
    expect(batch.tokens).toBe(alone.tokens);
    expect(together.loss).toBeCloseTo(apart.loss, 5);
    expect(largestDifference(together.gradients, apart.gradients)).toBeLessThan(2e-5);
  });
});
