import path from 'node:path';
import { openCheckpoint, resolveModel } from '../checkpoint/model-folder.ts';
import { commonBase } from '../checkpoint/saved-base.ts';
import { composeAdapters } from '../training/compose.ts';
import { withFactors } from './decompositions.ts';
import { startFor } from './start.ts';
import type { Job } from './types.ts';

/** Writes one adapter whose changes are the weighted sum of those of others of the same base: that which they name, or `model`. */
export const run: Job<'compose'> = async ({ sources, model, output, ...options }, { signal }) => {
  const base = commonBase(
    sources.map(({ adapter }) => adapter),
    model,
  );
  await startFor();
  const checkpoint = await openCheckpoint(resolveModel(base, { cwd: process.cwd() }));
  try {
    return await withFactors((factors) =>
      composeAdapters(checkpoint, { ...options, model: base, sources, target: path.resolve(output), factors, signal }),
    );
  } finally {
    checkpoint.close();
  }
};
