import path from 'node:path';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { withFactors } from './decompositions.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Writes the adapters of a folder as plain LoRA that computes the same, for readers that know no other method. */
export const run: Job<'export'> = async ({ model, adapter, output }, { signal }) => {
  await startFor();
  const adapted = await withFactors((factors) => assembleFolder(model, adapter, 'stored', { factors, signal }));
  try {
    return { path: await adapted.exportLora(path.resolve(output)), exact: true };
  } finally {
    adapted.dispose();
  }
};
