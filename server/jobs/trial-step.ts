/** Whole training steps on rows that are made up, where only their time is asked for. */
import { Random } from '../base/random.ts';
import { collate } from '../data/batches.ts';
import { labelKind, labelsTokens } from '../data/tasks.ts';
import type { Example } from '../data/types.ts';
import { bucketedStep } from '../engine/index.ts';
import type { Recipe } from '../recipe/types.ts';
import { assembleRecipe } from '../training/assemble-recipe.ts';
import { GradientAccumulator } from '../training/gradients.ts';
import { AdamW } from '../training/optimizer.ts';
import type { BatchShape, TrainableModel } from '../training/types.ts';
import { homeFolder } from '../wire/places.ts';
import { zeroFactors } from './decompositions.ts';

export interface TrialStep {
  /** Takes a step, the first of which compiles, and gives its seconds. The learning rate is 0: what is measured stays the same. */
  step(): Promise<number>;
  dispose(): void;
}

/** Assembled as a run assembles it, but for decompositions. Throws what that throws. */
export async function trialStep(recipe: Recipe, shape: BatchShape): Promise<TrialStep> {
  const model = await assembleRecipe(recipe, { factors: zeroFactors, digestsHome: homeFolder() });
  const compiled = bucketedStep(model.lossStep);
  const accumulator = new GradientAccumulator(model, compiled, 0);
  const optimizer = new AdamW(model.trainable, recipe.training.optimizer);
  const batch = collate(madeUp(model, shape), { ...model, maxLength: shape.length });
  let number = 0;
  return {
    async step() {
      const began = performance.now();
      await accumulator.run([batch], number++);
      optimizer.update(accumulator.gradients, () => 0, 1);
      return (performance.now() - began) / 1000;
    },
    dispose() {
      compiled.dispose();
      model.dispose();
    },
  };
}

function madeUp({ vocabSize, task, image }: TrainableModel, { rows, length }: BatchShape): Example[] {
  const random = Random.seeded(0, 'calibrate');
  if (image) {
    const { channels, height, width } = image;
    const pixels = Float32Array.from({ length: channels * height * width }, () => random.uniform());
    const example: Example = {
      ids: new Int32Array(0),
      image: { shape: [channels, height, width], pixels: () => pixels },
      labels: Int32Array.of(0),
    };
    return Array.from({ length: rows }, () => example);
  }
  return Array.from({ length: rows }, () => {
    const ids = Int32Array.from({ length }, () => random.below(vocabSize));
    if (labelsTokens(task)) return { ids, labels: ids };
    return { ids, labels: labelKind(task) === 'number' ? Float32Array.of(0) : Int32Array.of(0) };
  });
}
