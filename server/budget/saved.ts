/** What a saved adapter says of itself: entries that go on from it take its settings. */
import { isDeepStrictEqual } from 'node:util';
import type { MatrixSettings } from '../methods/types.ts';
import type { AdapterEntry, Recipe, RecipeDocument } from '../recipe/types.ts';
import type { Finding } from './finding.ts';
import { matchPattern } from './match.ts';
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

/** The settings at every module of `names`, by PEFT's rule for patterns. */
export function savedSettings(entry: AdapterEntry, names: readonly string[]): (module: string) => MatrixSettings {
  const { rank, alpha, options, rank_pattern, alpha_pattern } = entry;
  const rankKeys = matchPattern(Object.keys(rank_pattern), names).keyOf;
  const alphaKeys = matchPattern(Object.keys(alpha_pattern), names).keyOf;
  return (module) => ({
    rank: rank_pattern[rankKeys.get(module) ?? ''] ?? (rank as number),
    alpha: alpha_pattern[alphaKeys.get(module) ?? ''] ?? alpha!,
    options,
  });
}
