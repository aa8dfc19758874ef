import { automatic } from './choice/automatic.ts';
import { parseResolved } from './run-directory.ts';
import type { Job } from './types.ts';

/** Measures a step of a recipe on each backend that starts here, and says what `auto` comes to from now on. */
export const run: Job<'choose'> = ({ recipeText }, { work, signal, chunk }) =>
  automatic(
    { recipeText, recipe: parseResolved(recipeText), anew: true },
    { work, signal },
    { measuring: ({ backend, device }) => chunk(device === '' ? backend : `${backend} (${device})`) },
  );
