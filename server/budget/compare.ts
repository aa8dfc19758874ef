/** Every method, each of its forms, at a recipe's rank and targets, its own defaults otherwise. */
import { stringify } from 'yaml';
import { methods } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { AdapterEntry, Recipe } from '../recipe/types.ts';
import { analyse } from './analyse.ts';
import type { World } from './types.ts';
import { usualRank } from './under-method.ts';

export interface ComparisonRow {
  method: string;
  /** Which of the method's forms: "banded, d = 2"; empty where it has one. */
  form: string;
  /** Absent for methods without a rank. */
  rank?: number;
  trainable: number;
  percent: number;
  adapterBytes: number;
  sharedBytes: number;
  /** The largest rank that the change of a matrix can have. */
  maxUpdateRank: number;
  /** Why the method cannot be used so; the counts are then 0. */
  error?: string;
}

type Form = NonNullable<Method['forms']>[number];

/** One row per form of a method, in the order of the registry. Pure; `world.model` must be there. */
export function compareMethods(recipe: Recipe, world: World): ComparisonRow[] {
  return Object.values<Method>(methods).flatMap((method) =>
    (method.forms ?? [{ label: '', options: {} }]).map((form) => row(method, form, recipe, world)),
  );
}

function row(method: Method, form: Form, recipe: Recipe, world: World): ComparisonRow {
  const document = parseRecipe(stringify(withMethod(method, form, recipe)), methods);
  const { diagnostics, estimate, claims } = analyse(document, {
    ...(world.model && { model: world.model }),
    ...(world.modelError && { modelError: world.modelError }),
  });
  const error = diagnostics.find(({ severity }) => severity === 'error')?.message;
  const ranks = claims.map(({ settings }) => settings.rank);
  const ranked = usualRank(method) !== undefined;
  return {
    method: method.id,
    form: form.label,
    ...(ranked && ranks.length > 0 && { rank: Math.max(...ranks) }),
    ...(error === undefined && estimate
      ? {
          trainable: estimate.trainableParameters,
          percent: estimate.percent,
          adapterBytes: estimate.adapterBytes,
          sharedBytes: estimate.sharedBytes,
        }
      : { trainable: 0, percent: 0, adapterBytes: 0, sharedBytes: 0 }),
    maxUpdateRank: claims.reduce(
      (most, { module, settings }) => Math.max(most, method.updateRank(module, settings)),
      0,
    ),
    ...(error !== undefined && { error }),
  };
}

/** Methods that train the model's own parameters are compared as they are by themselves: on the whole model. */
function withMethod(method: Method, form: Form, { model, adapters }: Recipe): object {
  const entries =
    method.kind === 'parameters' ? [{ method: method.id }] : adapters.map((entry) => withEntry(method, form, entry));
  return { version: 1, model, adapters: entries };
}

function withEntry(method: Method, { options }: Form, entry: AdapterEntry): object {
  const ranked = usualRank(method) !== undefined && typeof entry.rank === 'number';
  const { target_modules, exclude_modules, layers_to_transform, modules_to_save, rank_pattern } = entry;
  return {
    method: method.id,
    ...options,
    ...(ranked && { rank: entry.rank }),
    ...(ranked && Object.keys(rank_pattern).length > 0 && { rank_pattern }),
    ...(target_modules !== undefined && { target_modules }),
    exclude_modules,
    layers_to_transform,
    ...(modules_to_save !== undefined && { modules_to_save }),
  };
}
