/** `rankwise/import` and `rankwise/python`: recipes from the files of other tools, and as code for PEFT. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorData } from '../base/errors.ts';
import { importFile } from '../exchange/import.ts';
import { pythonOf } from '../exchange/python.ts';
import type { LanguageRequests } from '../protocol/language.ts';
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
