import type { Tensor } from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { withFactors } from './decompositions.ts';
import { readForwardInput } from './forward-input.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Logits of a model, with or without a saved adapter, for the rows of a file: the window for parity checks. */
export const run: Job<'forward'> = async ({ model: folder, inputFile, adapter, backend }) => {
  await startFor({ backend });
  const model = await withFactors((factors) => assembleFolder(folder, adapter, 'stored', { factors }));
  const logits = model.logits(readForwardInput(inputFile, model));
  return { logits: nested(logits), shape: logits.shape };
};

/** JSON has no NaN or infinity: a model that computes them fails rather than printing null. */
function nested(tensor: Tensor): unknown[] {
  const values = tensor.dataSync();
  if (!values.every(Number.isFinite))
    throw new RankwiseError('logits-not-finite', 'The model computes NaN or infinite logits for this input.', {
      kind: 'runtime',
      hint: 'The weights hold NaN or infinite values, or values too large for float32.',
    });
  return tensor.arraySync() as unknown[];
}
