import { Random } from '../base/random.ts';
import { collate } from '../data/batches.ts';
import type { Example } from '../data/types.ts';
import { bucketedStep } from '../engine/index.ts';
import { assembleRecipe } from '../training/assemble-recipe.ts';
import { GradientAccumulator } from '../training/gradients.ts';
import { AdamW } from '../training/optimizer.ts';
import type { BatchShape, TrainableModel } from '../training/types.ts';
import { zeroFactors } from './decompositions.ts';
import { parseResolved } from './run-directory.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Steps that are measured, after one that compiles; fewer where they take long. */
const STEPS = 5;
const SECONDS = 1.5;

/** The median of a few whole training steps, on rows that are made up. Nothing is written. */
export const run: Job<'calibrate'> = async ({ recipeText, backend, threads, shape }) => {
  const recipe = parseResolved(recipeText);
  await startFor({ backend, threads });
  const model = await assembleRecipe(recipe, { factors: zeroFactors });
  const compiled = bucketedStep(model.lossStep);
  try {
    const accumulator = new GradientAccumulator(model, compiled, 0);
    const optimizer = new AdamW(model.trainable, recipe.training.optimizer);
    const batch = collate(madeUp(model, shape), {
      padTokenId: model.padTokenId,
      perToken: model.task === 'causal-lm',
      limit: shape.length,
    });
    const step = async (number: number): Promise<number> => {
      const began = performance.now();
      await accumulator.run([batch], number);
      optimizer.update(accumulator.gradients, () => 0, 1);
      return (performance.now() - began) / 1000;
    };
    await step(0);
    const times: number[] = [];
    for (let spent = 0; times.length < STEPS && spent < SECONDS; spent += times.at(-1)!)
      times.push(await step(times.length + 1));
    return { seconds: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]! };
  } finally {
    compiled.dispose();
    model.dispose();
  }
};

function madeUp({ vocabSize, task }: TrainableModel, { rows, length }: BatchShape): Example[] {
  const random = Random.seeded(0, 'calibrate');
  return Array.from({ length: rows }, () => {
    const ids = Int32Array.from({ length }, () => random.below(vocabSize));
    return { ids, labels: task === 'causal-lm' ? ids : Int32Array.of(0) };
  });
}
