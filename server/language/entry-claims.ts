/** The claims of one entry, grouped: kept with the analysis, as an editor asks many things of one text. */
import { isLinear } from '../budget/match.ts';
import type { Analysis, Claim } from '../budget/types.ts';
import { type Grouped, grouped } from '../budget/under-method.ts';

const kept = new WeakMap<Analysis, Map<number, Grouped<Claim>>>();

export function entryClaims(analysis: Analysis, index: number): Grouped<Claim> {
  const known = kept.get(analysis) ?? new Map<number, Grouped<Claim>>();
  kept.set(analysis, known);
  const found = known.get(index) ?? grouped(analysis.claims.filter((claim) => claim.index === index));
  known.set(index, found);
  return found;
}

/** Those that any method could be about: an entry that trains the model itself takes norms and embeddings, too. */
export function entryMatrices(analysis: Analysis, index: number): Grouped<Claim> {
  const all = entryClaims(analysis, index);
  const groups = all.groups.filter(({ place }) => isLinear(place.module));
  if (groups.length === all.groups.length) return all;
  return { places: all.places.filter(({ module }) => isLinear(module)), groups };
}
