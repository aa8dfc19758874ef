import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { listAdapters, readAdapterConfig } from '../checkpoint/peft.ts';
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
  const base = model ?? baseOf(adapter);
  const adapted = await withFactors((factors) => assembleFolder(base, adapter, 'stored', { factors, signal }));
  return { path: await adapted.saveModel(path.resolve(output)), exact: true };
};

function baseOf(adapter: string): string {
  const [first] = listAdapters(adapter);
  const base = readAdapterConfig(first!.dir).base_model_name_or_path;
  if (typeof base === 'string' && base !== '') return base;
  throw new RankwiseError('base-unknown', `${first!.dir}: adapter_config.json does not name its base model.`, {
    file: path.join(first!.dir, 'adapter_config.json'),
    field: 'base_model_name_or_path',
    hint: 'Name it with --model.',
  });
}
