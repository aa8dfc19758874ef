/** Targets under the names that modules have in transformers: a recipe may write those of the checkpoint, which PEFT does not know. */
import { namesOf } from '../budget/match.ts';
import type { Claim, World } from '../budget/types.ts';
import type { AdapterEntry } from '../recipe/types.ts';

/** The modules that the recipe's one entry takes; undefined where the recipe's own words do for PEFT. */
export function renamedTargets(
  { target_modules: targets, exclude_modules: excluded }: AdapterEntry,
  { model, claims = [] }: { model?: World['model']; claims?: readonly Claim[] },
): string[] | undefined {
  const allLinear = typeof targets === 'string' && targets.toLowerCase() === 'all-linear' && excluded.length === 0;
  if (allLinear || !model || !claims.some(({ module }) => module.storedName !== undefined)) return undefined;
  const names = claims.map(({ module }) => module.name);
  const short = [...new Set(names.map(lastPart))];
  const meant = namesOf(model.table).filter((name) => short.includes(lastPart(name)));
  return (meant.length === names.length ? short : names).sort();
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
