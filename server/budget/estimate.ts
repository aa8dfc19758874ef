/** What a recipe costs, as PEFT's `get_nb_trainable_parameters` counts it. */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { Recipe } from '../recipe/types.ts';
import { type Claims, claimsOf } from './claims.ts';
import { memoryOf } from './memory.ts';
import type { Claim, Estimate, TrainedBias } from './types.ts';

/** Counts and bytes of a recipe for a model; matching faults count as nothing. */
export function estimate(recipe: Recipe, table: ModuleTable): Estimate {
  return estimateClaims(recipe, table, claimsOf(recipe, table));
}

export function estimateClaims(
  recipe: Recipe,
  table: ModuleTable,
  { claims, saved, biases }: Pick<Claims, 'claims' | 'saved' | 'biases'>,
): Estimate {
  const adapterParameters = sum([...claims, ...biases].map((c) => c.trainable));
  const trainableParameters = adapterParameters + sum(saved.map((s) => s.trainable));
  const added =
    sum(claims.filter((c) => methodOf(c.entry.method)?.kind === 'matrices').map((c) => c.trainable)) +
    sum(claims.map((c) => methodOf(c.entry.method)?.countedFrozen ?? 0)) +
    sum(saved.filter((s) => s.copied).map((s) => s.trainable));
  const inPlace = new Map([
    ...biases.map((b) => [b.module, b.trainable] as const),
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
      const modules = modulesOf(
        claims.filter((c) => c.index === index),
        biases.filter((b) => b.entry === index),
      );
      return { name: entry.name, method: entry.method, trainable: sum(modules.map((m) => m.trainable)), modules };
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

/** Of one entry: its matrices, each with its bias where that is trained, then the other biases. */
function modulesOf(claims: readonly Claim[], biases: readonly TrainedBias[]): Estimate['adapters'][number]['modules'] {
  const alone = new Map(biases.map(({ module, trainable }) => [module, trainable]));
  const counted = ({ name, m, n }: Module, trainable: number) => ({
    name,
    shape: [m, n] as [number, number],
    trainable,
  });
  const matrices = claims.map(({ module, trainable }) => {
    const bias = alone.get(module) ?? 0;
    alone.delete(module);
    return counted(module, trainable + bias);
  });
  return [...matrices, ...[...alone].map(([module, trainable]) => counted(module, trainable))];
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
