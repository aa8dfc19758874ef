import { createHash } from 'node:crypto';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { BackendName } from '../protocol/backends.ts';
import type { SubmitParams, SubmitSweepParams } from '../protocol/daemon.ts';
import { type FoundPaths, resolvePaths } from './resolve.ts';
import { stringifyRecipe } from './stringify.ts';
import type { Recipe } from './types.ts';

export interface LaunchOptions {
  /** Computes whatever the recipe says. */
  backend?: BackendName | undefined;
  /** Computes where the recipe leaves it open. */
  usualBackend?: BackendName | 'auto' | undefined;
  /** What the run reads, described (checkpoint/inputs.ts): with it the run can be told from others. */
  inputs?: string | undefined;
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
  { backend, usualBackend = 'auto', inputs }: LaunchOptions = {},
): SubmitParams {
  const { sweep: _, ...resolved } = resolvePaths(recipe, file, found);
  const { training } = recipe;
  const named = backend ?? (training.backend === 'auto' ? usualBackend : training.backend);
  resolved.training = { ...training, backend: named };
  const recipeText = stringifyRecipe(resolved);
  return {
    recipeText,
    recipePath: file,
    name: recipe.name,
    output: resolved.output,
    // A folder of several adapters has no one method.
    method: methods.map((method) => method || 'saved').join('+'),
    model: path.basename(path.resolve(path.dirname(file), recipe.model.path)),
    ...(inputs !== undefined && { fingerprint: fingerprint(resolved, inputs) }),
  };
}

/** The same for runs that compute the same: whatever they are called, and wherever they go. */
function fingerprint(resolved: Recipe, inputs: string): string {
  const same = stringifyRecipe({ ...resolved, name: '', output: '' });
  return createHash('sha256').update(same).update('\0').update(inputs).digest('hex');
}

/** The daemon takes no larger message. */
const maxBytes = 12 * 2 ** 20;

/**
 * Of a recipe with its points, resolved one by one. `same` is how many were left out as they compute what an earlier one does. Throws
 * `sweep-too-large`.
 */
export function sweepSubmission(
  recipe: Recipe,
  points: readonly SubmitSweepParams['points'][number][],
): { sweep: SubmitSweepParams; same: number } {
  const seen = new Set<string>();
  const distinct = points.filter(({ submit: { fingerprint: id } }) => {
    const known = id !== undefined && seen.has(id);
    if (id !== undefined) seen.add(id);
    return !known;
  });
  const bytes = distinct.reduce((sum, { submit }) => sum + Buffer.byteLength(submit.recipeText), 0);
  if (bytes > maxBytes)
    throw new RankwiseError(
      'sweep-too-large',
      `The ${distinct.length} recipes of this sweep have ${bytes} bytes together.`,
      {
        field: 'sweep',
        hint: `At most ${maxBytes} are taken at once; split the sweep, or draw fewer points with \`random\`.`,
      },
    );
  const { training, data, sweep: { halving, budget } = {} } = recipe;
  const metric = training.metric ?? (data?.validation === undefined ? undefined : 'loss');
  const sweep = {
    name: recipe.name,
    points: distinct,
    ...(metric !== undefined && { metric }),
    ...(halving !== undefined && { halving }),
    ...(budget && { budget: budget.absolute }),
  };
  return { sweep, same: points.length - distinct.length };
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
