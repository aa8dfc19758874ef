import { analyse } from '../budget/analyse.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import { foundIn, submission } from '../recipe/submission.ts';
import type { RecipeState } from './state.ts';

type Params = LanguageRequests['rankwise/resolve']['params'];
type Resolved = LanguageRequests['rankwise/resolve']['result'];

/** The recipe ready for the daemon, by default judged by what a launch needs; the findings when that has errors. */
export function resolveRecipe(
  state: RecipeState | undefined,
  { backend: usualBackend, launch = true }: Pick<Params, 'backend' | 'launch'> = {},
): Resolved {
  if (!state) return { diagnostics: [notOpen] };
  const { diagnostics, recipe, methods } = analyse(state.recipe, { ...state.world, launch });
  if (!recipe || !state.model) return { diagnostics };
  return {
    submit: submission(recipe, methods, state.file, foundIn(state.model.dir, state.world.data), { usualBackend }),
  };
}

const start = { line: 0, character: 0 };
export const notOpen = {
  code: 'recipe-not-open',
  severity: 'error',
  message: 'The recipe is not open in the editor; open it and try again.',
  range: { start, end: start },
} as const;
