/** `rankwise/spectrum`: the weights that a recipe is about, and what its methods take of them. */
import type { Claim } from '../budget/types.ts';
import { hasRank, methodOf } from '../methods/registry.ts';
import type { LanguageRequests } from '../protocol/language.ts';
import type { SpectrumCut } from '../protocol/spectrum-view.ts';
import { notOpen } from './resolve.ts';
import type { RecipeState } from './state.ts';

/** Errors of the recipe do not matter as long as its model is known: a budget exceeded is a reason to look. */
export function spectrumOf(state: RecipeState | undefined): LanguageRequests['rankwise/spectrum']['result'] {
  if (!state) return { diagnostics: [notOpen] };
  const { model, analysis, diagnostics } = state;
  if (!model) return { diagnostics };
  return { model: model.dir, cuts: analysis.claims.flatMap(cutOf) };
}

function cutOf({ entry, module, settings }: Claim): SpectrumCut[] {
  const method = methodOf(entry.method);
  if (!method || !hasRank(method)) return [];
  const end = method.takes?.(settings) ?? 'none';
  return [{ matrix: module.name, method: method.id, rank: settings.rank, end }];
}
