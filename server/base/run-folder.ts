/** What makes a folder a run directory: the recipe in it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from './errors.ts';

export const recipeFile = (run: string): string => path.join(run, 'recipe.peft');

/** Rather than a model or an adapter. */
export const isRun = (folder: string): boolean => existsSync(recipeFile(folder));

/** Throws `not-a-run` unless the directory holds a recipe. */
export function demandRun(run: string): void {
  if (isRun(run)) return;
  throw new RankwiseError('not-a-run', `${run} is not a run directory: it has no recipe.peft.`, {
    file: recipeFile(run),
  });
}
