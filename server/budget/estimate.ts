/** What a recipe costs, as PEFT's `get_nb_trainable_parameters` counts it. */
import type { ModuleTable } from '../architectures/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { Recipe } from '../recipe/types.ts';
import { claimsOf } from './claims.ts';
import { memoryOf } from './memory.ts';
import type { Claim, Estimate, SavedModule } from './types.ts';

/** Counts and bytes of a recipe for a model; matching faults count as nothing. */
export function estimate(recipe: Recipe, table: ModuleTable): Estimate {
  const { claims, saved } = claimsOf(recipe, table);
  return estimateClaims(recipe, table, claims, saved);
}

export function estimateClaims(
  recipe: Recipe,
  table: ModuleTable,
  claims: readonly Claim[],
  saved: readonly SavedModule[],
): Estimate {
  const adapterParameters = sum(claims.map((c) => c.trainable));
  const trainableParameters = adapterParameters + sum(saved.map((s) => s.trainable));
  const added =
    sum(claims.filter((c) => methodOf(c.entry.method)?.kind === 'matrices').map((c) => c.trainable)) +
    sum(saved.filter((s) => s.copied).map((s) => s.trainable));
  const inPlace = new Map([
    ...saved.filter((s) => !s.copied).map((s) => [s.module, s.trainable] as const),
    ...claims
      .filter((c) => methodOf(c.entry.method)?.kind === 'parameters')
      .map((c) => [c.module, c.trainable] as const),
  ]);
  const frozen =
    sum(claims.map((c) => methodOf(c.entry.method)?.heldFactors?.(c.module, c.settings) ?? 0)) +
    sum(recipe.adapters.map((_, index) => entryFactors(claims.filter((c) => c.index === index))));
  const sharedBytes = sum(claims.map((c) => methodOf(c.entry.method)?.sharedBytes(c.module, c.settings) ?? 0));
  const replaced = new Set(claims.filter((c) => methodOf(c.entry.method)?.replacesBase).map((c) => c.module));
  const allParameters = table.totalParameters + added;
  const model = claims.some((c) => methodOf(c.entry.method)?.result === 'model');
  return {
    totalParameters: table.totalParameters,
    allParameters,
    trainableParameters,
    adapterParameters,
    percent: allParameters === 0 ? 0 : (100 * trainableParameters) / allParameters,
    adapters: recipe.adapters.map((entry, index) => {
      const own = claims.filter((c) => c.index === index);
      return {
        name: entry.name,
        method: entry.method,
        trainable: sum(own.map((c) => c.trainable)),
        modules: own.map(({ module: { name, m, n }, trainable }) => ({ name, shape: [m, n], trainable })),
      };
    }),
    memory: memoryOf(recipe, table, {
      trained: trainableParameters,
      inPlace,
      frozen: frozen + sharedBytes / 4,
      replaced,
    }),
    // Tensor data in float32; the header of the file adds about 100 bytes a tensor.
    adapterBytes: 4 * (model ? table.totalParameters : trainableParameters + frozen),
    sharedBytes,
  };
}

/** Of the claims of one entry. */
function entryFactors(claims: readonly Claim[]): number {
  const [first] = claims;
  const factors = first && methodOf(first.entry.method)?.entryFactors;
  return (
    factors?.(
      claims.map(({ module }) => module),
      first!.settings,
    ) ?? 0
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
