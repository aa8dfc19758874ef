/** In which fields the recipes of runs differ. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { methods } from '../methods/registry.ts';
import type { RecipeDifference } from '../protocol/language.ts';
import { recipeDifferences } from '../recipe/differences.ts';
import { parseRecipe } from '../recipe/parse.ts';

/** A recipe that cannot be read any more differs in nothing: its run is shown all the same. */
export async function differencesOf(uris: readonly string[]): Promise<RecipeDifference[]> {
  const recipes = await Promise.all(
    uris.map(async (uri) => {
      const text = await readFile(fileURLToPath(uri), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parseRecipe(text, methods).partial;
    }),
  );
  return recipeDifferences(recipes).map(({ field, values }) => ({ field, values: values.map((each) => each ?? null) }));
}
