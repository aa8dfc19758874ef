import { RankwiseError } from '../base/errors.ts';
import { unfinished } from '../budget/unfinished.ts';
import type { Recipe } from '../recipe/types.ts';

/** Refusing what training does not honour yet is better than ignoring it. Throws `feature-later`. */
export function checkSupported(recipe: Recipe): void {
  const found = unfinished.find(({ used }) => used(recipe));
  if (!found) return;
  const { path: field, instead } = found;
  throw new RankwiseError('feature-later', `${field} is not supported yet; it comes later.`, { field, hint: instead });
}
