import { RankwiseError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { bucketedStep } from '../engine/index.ts';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { evaluate } from '../training/evaluate.ts';
import { withFactors } from './decompositions.ts';
import { evaluateGenerated } from './evaluate-generated.ts';
import { encodeForRun, readRunRecipe, trainedWeights, withColumns } from './run-directory.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Loss and metrics of what a run has trained, on other data with the recipe's columns; or the scores of what it writes. */
export const run: Job<'evaluate'> = async (params, { item, signal }) => {
  const recipe = withColumns(readRunRecipe(params.run).recipe, params.columns);
  const { training } = recipe;
  await startFor({ backend: params.backend ?? training.backend, threads: training.threads });
  const { generate } = params;
  if (generate) return await evaluateGenerated({ ...params, generate }, { item, signal });
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
    data = await encodeForRun(params.run, recipe, model, [params.data].flat(), { signal });
    const result = await evaluate(model, step, data.examples, { batchSize: training.batch_size, signal });
    if (!result) throw new RankwiseError('cancelled', 'The evaluation was cancelled.', { kind: 'runtime' });
    return result;
  } finally {
    data?.close();
    step.dispose();
    model.dispose();
  }
};
