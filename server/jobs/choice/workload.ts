/** How much a recipe computes: what is measured of it, and which other recipes the figures hold for. */
import { bucketLength } from '../../data/batches.ts';
import type { Recipe } from '../../recipe/types.ts';
import type { BatchShape } from '../../training/types.ts';
import type { RecipeFacts } from '../recipe-facts.ts';
import type { Candidate } from './candidates.ts';

/** Floating-point operations of a measured step, about: some seconds on a slow processor. */
const AFFORDABLE = 1e12;
/** Shorter rows say little. */
const SHORTEST = 32;

/** The recipe's own batch, or as much of it as a short measurement can afford: fewer rows first. Forward and backward are 6 operations a parameter and token. */
export function measuredShape({ training, data }: Recipe, { table }: RecipeFacts): BatchShape {
  const limit = table.shape.maxPositions;
  const { image } = table.shape;
  const length = image ? limit : Math.min(data?.max_length ?? limit, limit);
  const tokens = AFFORDABLE / (6 * table.totalParameters);
  const rows = Math.max(1, Math.min(training.batch_size, Math.floor(tokens / length)));
  const cut = rows > 1 || image ? length : Math.min(length, Math.max(SHORTEST, Math.floor(tokens)));
  return { rows, length: bucketLength(cut, limit) };
}

/** The same for recipes and machines that the same figures hold for. */
export function workloadKey(
  { model }: Recipe,
  { table, estimate }: RecipeFacts,
  { rows, length }: BatchShape,
  threads: number,
  candidates: readonly Candidate[],
): string {
  return JSON.stringify({
    family: table.family,
    dtype: model.dtype,
    parameters: sizeClass(table.totalParameters, 2),
    trainable: sizeClass(estimate.trainableParameters, 10),
    tokens: sizeClass(rows * length, 4),
    threads,
    candidates,
  });
}

/** The nearest power. */
const sizeClass = (n: number, base: number): number => base ** Math.round(Math.log(Math.max(1, n)) / Math.log(base));
