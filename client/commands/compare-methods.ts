/** Opens the budget panel of a recipe: every method on its matrices, side by side. */
import type { Services } from '../services.ts';
import { recipeDocument } from './targets.ts';

export async function compareMethods({ budgets }: Services, argument: unknown): Promise<void> {
  const document = await recipeDocument(argument);
  if (document) budgets.show(document.uri);
}
