/** In which fields recipes differ, defaults filled in: `rank` against `rank: 8` written out is no difference. Pure. */
import type { Recipe } from './types.ts';

export interface Difference {
  /** "adapters[0].rank". */
  field: string;
  /** For each recipe; undefined where it has no such field, or is not known. */
  values: (string | undefined)[];
}

/** The name tells runs apart, not what they do. */
const ignored = new Set(['name', 'version']);

/** @param recipes undefined: not known. Fields in the order of the first recipe that has them. */
export function recipeDifferences(recipes: readonly (Recipe | undefined)[]): Difference[] {
  const leaves = recipes.map((recipe) => {
    const found = new Map<string, string>();
    if (recipe) for (const [key, value] of Object.entries(recipe)) if (!ignored.has(key)) collect(key, value, found);
    return found;
  });
  const known = leaves.filter((_, i) => recipes[i] !== undefined);
  const fields = new Set(known.flatMap((found) => [...found.keys()]));
  return [...fields]
    .filter((field) => new Set(known.map((found) => found.get(field))).size > 1)
    .map((field) => ({ field, values: leaves.map((found) => found.get(field)) }));
}

function collect(path: string, value: unknown, into: Map<string, string>): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value) && value.some((each) => typeof each === 'object'))
    for (const [i, each] of value.entries()) collect(`${path}[${i}]`, each, into);
  else if (typeof value === 'object' && !Array.isArray(value))
    // What a method adds to an entry is written beside the entry's own fields.
    for (const [key, part] of Object.entries(value)) collect(key === 'options' ? path : `${path}.${key}`, part, into);
  else into.set(path, Array.isArray(value) ? value.map(String).join(', ') : String(value));
}
