import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { bucketedStep } from '../engine/index.ts';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { evaluate } from '../training/evaluate.ts';
import { withFactors } from './decompositions.ts';
import { encodeForRun, readRunRecipe, trainedWeights } from './run-directory.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Loss and metrics of what a run has trained, on other data with the recipe's columns. */
export const run: Job<'evaluate'> = async (params, { signal }) => {
  const { recipe } = readRunRecipe(params.run);
  const { training } = recipe;
  await startFor({ backend: params.backend ?? training.backend, threads: training.threads });
  const { task } = recipe.model;
  const weights = await trainedWeights(params.run);
  // A base is held as it was in training; a model that the run has written, as it is.
  const model = weights.model
    ? await assembleFolder(weights.model, undefined, 'stored', { task })
    : await withFactors((factors) =>
        assembleFolder(recipe.model.path, weights.adapter, recipe.model.dtype, { task, factors, signal }),
      );
  const step = bucketedStep(model.evaluationStep);
  let data: Dataset | undefined;
  try {
    data = await encodeForRun(params.run, recipe, model, path.resolve(params.data), { signal });
    const result = await evaluate(model, step, data.examples, { batchSize: training.batch_size, signal });
    if (!result) throw new RankwiseError('cancelled', 'The evaluation was cancelled.', { kind: 'runtime' });
    return result;
  } finally {
    data?.close();
    step.dispose();
    model.dispose();
  }
};
