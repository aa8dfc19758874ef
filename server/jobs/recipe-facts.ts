import type { ModuleTable } from '../architectures/types.ts';
import { analyse } from '../budget/analyse.ts';
import type { Estimate } from '../budget/types.ts';
import { loadSavedAdapters } from '../checkpoint/saved-adapter.ts';
import { loadModel } from '../checkpoint/workspace.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';

/** What a recipe comes to on its model, as the editor shows it. */
export interface RecipeFacts {
  table: ModuleTable;
  estimate: Estimate;
}

/** For a resolved recipe; reads config.json and headers, no weights. Undefined where the model cannot be read. */
export async function recipeFacts(recipeText: string): Promise<RecipeFacts | undefined> {
  const document = parseRecipe(recipeText, methods);
  const { model, adapters } = document.partial;
  const folder = process.cwd(); // paths are absolute
  const { value } = await loadModel(folder, model);
  if (!('model' in value)) return undefined;
  const { estimate } = analyse(document, { ...value, savedAdapters: loadSavedAdapters(folder, adapters) });
  return estimate && { table: value.model.table, estimate };
}
