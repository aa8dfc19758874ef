import path from 'node:path';
import { listAdapters } from '../checkpoint/peft.ts';
import { namedBase } from '../checkpoint/saved-base.ts';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { withFactors } from './decompositions.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/**
 * Writes the base with the adapters of a folder merged in as a new model folder, in float32. The base is `model`, else the one that
 * the adapter names. Exact: the merged model computes what base and adapter compute together.
 */
export const run: Job<'merge'> = async ({ adapter, output, model, backend }, { signal }) => {
  await startFor({ backend });
  const base = model ?? namedBase(listAdapters(adapter)[0]!.dir);
  const adapted = await withFactors((factors) => assembleFolder(base, adapter, 'stored', { factors, signal }));
  return { path: await adapted.saveModel(path.resolve(output)), exact: true };
};
