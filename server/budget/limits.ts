/** The `budget` section as numbers, and `rank: auto`. */
import type { ModuleTable } from '../architectures/types.ts';
import type { Quantity, Recipe } from '../recipe/types.ts';
import { claimMatched, type Matching } from './claims.ts';
import { estimateClaims } from './estimate.ts';
import type { Estimate } from './types.ts';

export interface Limits {
  trainable: number | undefined;
  memory: number | undefined;
}

/** Parameters and bytes; undefined where there is no limit, or a percent of an unknown device. */
export function limitsOf(recipe: Recipe, table: ModuleTable, deviceMemory: number | undefined): Limits {
  const { trainable, memory } = recipe.budget;
  return {
    trainable: trainable && amount(trainable, table.totalParameters),
    memory: memory && amount(memory, deviceMemory),
  };
}

function amount(quantity: Quantity, whole: number | undefined): number | undefined {
  if ('absolute' in quantity) return quantity.absolute;
  return whole === undefined ? undefined : Math.floor((quantity.percent / 100) * whole);
}

export const within = (estimate: Estimate, limits: Limits): boolean =>
  estimate.adapterParameters <= (limits.trainable ?? Infinity) &&
  estimate.memory.expected <= (limits.memory ?? Infinity);

/**
 * The largest rank at which every `auto` entry together fits the limits: counts and memory grow with the rank, so a binary
 * search finds it. At most the smallest min(m, n) of the adapted matrices. Undefined when not even rank 1 fits.
 */
export function autoRank(recipe: Recipe, table: ModuleTable, matching: Matching, limits: Limits): number | undefined {
  const matrices = matching.entries.flatMap(({ entry, modules }) => (entry.rank === 'auto' ? modules : []));
  const fits = (rank: number): boolean =>
    within(estimateClaims(recipe, table, { ...matching, claims: claimMatched(matching, rank) }), limits);
  let low = 0;
  let high = Math.min(...matrices.map(({ m, n }) => Math.min(m, n)));
  if (!Number.isFinite(high)) return undefined;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low || undefined;
}

/** The recipe with `auto` replaced, where there is a rank for it; alpha follows the rank where it is not given. */
export function withRank(recipe: Recipe, rank: number | undefined): Recipe {
  if (rank === undefined) return recipe;
  const adapters = recipe.adapters.map((entry) =>
    entry.rank === 'auto' ? { ...entry, rank, alpha: entry.alpha ?? rank } : entry,
  );
  return { ...recipe, adapters };
}
