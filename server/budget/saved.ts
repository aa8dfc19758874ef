/** Entries that go on from a saved adapter take its settings. */
import { isDeepStrictEqual } from 'node:util';
import type { Recipe, RecipeDocument } from '../recipe/types.ts';
import type { Finding } from './finding.ts';
import type { World } from './types.ts';

/** Fields written beside `path` must agree with the adapter; everything else comes from its files. */
export function withSavedAdapters(
  recipe: Recipe,
  document: RecipeDocument,
  world: World,
): { recipe: Recipe; findings: Finding[] } {
  const findings: Finding[] = [];
  const adapters = recipe.adapters.map((entry, i) => {
    const saved = entry.path === undefined ? undefined : world.savedAdapters?.[entry.path];
    if (!saved || 'error' in saved) return entry;
    for (const [key, value] of Object.entries({ ...saved.entry, ...saved.entry.options })) {
      const path = `adapters.${i}.${key}`;
      const written = key in entry ? entry[key as keyof typeof entry] : entry.options[key];
      if (!document.has(path) || isDeepStrictEqual(written, value)) continue;
      const message = `The saved adapter has ${JSON.stringify(value)} here; remove this field, its own value holds.`;
      findings.push({ code: 'differs-from-saved', message, path });
    }
    return { ...entry, ...saved.entry };
  });
  return { recipe: { ...recipe, adapters }, findings };
}
