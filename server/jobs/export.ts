import path from 'node:path';
import { assembleFolder } from '../training/assemble-recipe.ts';
import { withFactors } from './decompositions.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Writes the adapters of a folder as plain LoRA, for readers that know no other method: exactly, or within a rank or an energy. */
export const run: Job<'export'> = async ({ model, adapter, output, rank, energy }, { signal }) => {
  await startFor();
  return withFactors(async (factors) => {
    const adapted = await assembleFolder(model, adapter, 'stored', { factors, signal });
    const within = { ...(rank !== undefined && { rank }), ...(energy !== undefined && { energy }) };
    const bound = Object.keys(within).length > 0 ? { ...within, factors, signal } : undefined;
    try {
      return await adapted.exportLora(path.resolve(output), bound);
    } finally {
      adapted.dispose();
    }
  });
};
