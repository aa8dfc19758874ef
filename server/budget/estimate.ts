/** What a recipe costs, as PEFT's `get_nb_trainable_parameters` counts it. */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
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
  const byEntry = recipe.adapters.map((entry, index) => {
    const own = claims.filter((claim) => claim.index === index);
    // The claims' entry, not the recipe's: a saved adapter says its method in its own files.
    return {
      entry,
      method: methodOf(own[0]?.entry.method ?? ''),
      own,
      biases: biases.filter((b) => b.entry === index),
    };
  });
  const over = (value: (method: Method, claim: Claim) => number): number =>
    sum(byEntry.map(({ method, own }) => (method ? sum(own.map((claim) => value(method, claim))) : 0)));
  const of = (chosen: (method: Method) => boolean | undefined): Claim[] =>
    byEntry.flatMap(({ method, own }) => (method && chosen(method) ? own : []));
  const adapterParameters = sum(claims.map((c) => c.trainable)) + sum(biases.map((b) => b.trainable));
  const trainableParameters = adapterParameters + sum(saved.map((s) => s.trainable));
  const added =
    over(({ kind, countedFrozen = 0 }, { trainable }) => countedFrozen + (kind === 'matrices' ? trainable : 0)) +
    sum(saved.filter((s) => s.copied).map((s) => s.trainable));
  const inPlace = new Map([
    ...biases.map((b) => [b.module, b.trainable] as const),
    ...saved.filter((s) => !s.copied).map((s) => [s.module, s.trainable] as const),
    ...of(({ kind }) => kind === 'parameters').map((c) => [c.module, c.trainable] as const),
  ]);
  const frozen =
    over((method, { module, settings }) => method.heldFactors?.(module, settings) ?? 0) +
    sum(byEntry.map(({ method, own }) => entryFactors(method, own)));
  const sharedBytes = over((method, { module, settings }) => method.sharedBytes(module, settings));
  const replaced = new Set(of(({ replacesBase }) => replacesBase).map((c) => c.module));
  const allParameters = table.totalParameters + added;
  const model = of(({ result }) => result === 'model').length > 0;
  return {
    totalParameters: table.totalParameters,
    allParameters,
    trainableParameters,
    adapterParameters,
    percent: allParameters === 0 ? 0 : (100 * trainableParameters) / allParameters,
    adapters: byEntry.map(({ entry, own, biases }) => {
      const modules = modulesOf(own, biases);
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

type Counted = Estimate['adapters'][number]['modules'];

/** By the first claim, which belongs to one list: claims that are kept from keystroke to keystroke keep their counts. */
const kept = new WeakMap<Claim, Counted>();

/** Of one entry: its matrices, each with its bias where that is trained, then the other biases. */
function modulesOf(claims: readonly Claim[], biases: readonly TrainedBias[]): Counted {
  const [first] = claims;
  if (!first || biases.length > 0) return count(claims, biases);
  const counted = kept.get(first) ?? count(claims, biases);
  kept.set(first, counted);
  return counted;
}

function count(claims: readonly Claim[], biases: readonly TrainedBias[]): Counted {
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
function entryFactors(method: Method | undefined, claims: readonly Claim[]): number {
  const [first] = claims;
  if (!first || !method?.entryFactors) return 0;
  const modules = claims.map(({ module }) => module);
  return method.entryFactors(modules, first.settings);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
