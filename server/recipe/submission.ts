import path from 'node:path';
import type { BackendName } from '../protocol/backends.ts';
import type { SubmitParams } from '../protocol/daemon.ts';
import { type FoundPaths, resolvePaths } from './resolve.ts';
import { stringifyRecipe } from './stringify.ts';
import type { Recipe } from './types.ts';

export interface LaunchOptions {
  /** Computes whatever the recipe says. */
  backend?: BackendName | undefined;
  /** Computes where the recipe leaves it open. */
  usualBackend?: BackendName | 'auto' | undefined;
}

/**
 * A recipe as the daemon takes it: nothing left to default, to `auto` or to the folder that it lies in. `recipe` is the analysed
 * one (no `auto`), `methods` those of its entries (a saved adapter's own is not in the recipe), `file` the absolute path of its
 * `.peft` file, `found` where its model and data were found.
 */
export function submission(
  recipe: Recipe,
  methods: readonly string[],
  file: string,
  found: FoundPaths,
  { backend, usualBackend = 'auto' }: LaunchOptions = {},
): SubmitParams {
  const { sweep: _, ...resolved } = resolvePaths(recipe, file, found);
  const { training } = recipe;
  const named = backend ?? (training.backend === 'auto' ? usualBackend : training.backend);
  resolved.training = { ...training, backend: named };
  return {
    recipeText: stringifyRecipe(resolved),
    recipePath: file,
    name: recipe.name,
    output: resolved.output,
    // A folder of several adapters has no one method.
    method: methods.map((method) => method || 'saved').join('+'),
    model: path.basename(path.resolve(path.dirname(file), recipe.model.path)),
  };
}

/** The paths of a model and of the splits of data, as they were looked at. */
export const foundIn = (
  model: string,
  data: { train?: { patterns?: string | string[] }; validation?: { patterns?: string | string[] } } = {},
): FoundPaths => ({
  model,
  ...(data.train?.patterns !== undefined && { train: data.train.patterns }),
  ...(data.validation?.patterns !== undefined && { validation: data.validation.patterns }),
});
