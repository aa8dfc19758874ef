/** `rankwise/import`, `rankwise/python` and `rankwise/loading`: recipes from the files of other tools, and recipes and runs as code for PEFT. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorData, RankwiseError } from '../base/errors.ts';
import { recipeFile } from '../base/run-folder.ts';
import { importFile } from '../exchange/import.ts';
import { pythonOf } from '../exchange/python.ts';
import { loadingCode } from '../exchange/python-loading.ts';
import { methods } from '../methods/registry.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { notOpen } from './resolve.ts';
import type { RecipeState } from './state.ts';

export function importRecipe(uri: string): LanguageRequests['rankwise/import']['result'] {
  try {
    return importFile(fileURLToPath(uri));
  } catch (error) {
    return { error: errorData(error) };
  }
}

export function pythonCode(state: RecipeState | undefined): LanguageRequests['rankwise/python']['result'] {
  if (!state) return { diagnostics: [notOpen] };
  const { file, analysis, world } = state;
  if (!analysis.recipe) return { diagnostics: analysis.diagnostics };
  try {
    return pythonOf(analysis.recipe, analysis.methods, { ...world, ...analysis, folder: path.dirname(file) });
  } catch (error) {
    return { error: errorData(error) };
  }
}

export async function loadingOf(record: RunRecord): Promise<LanguageRequests['rankwise/loading']['result']> {
  const file = recipeFile(record.run);
  try {
    const recipe = parseRecipe(await readFile(file, 'utf8'), methods).partial;
    if (!recipe) throw new RankwiseError('bad-recipe', 'The recipe of the run cannot be read.', { file });
    return { code: loadingCode(recipe, record) };
  } catch (error) {
    return { error: errorData(error) };
  }
}
