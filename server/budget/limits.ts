/** The `budget` section as numbers. */
import type { ModuleTable } from '../architectures/types.ts';
import type { Quantity, Recipe } from '../recipe/types.ts';
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
