/** The claims of one entry, grouped: kept with the analysis, as an editor asks many things of one text. */
import { keeper } from '../budget/kept.ts';
import { isLinear } from '../budget/match.ts';
import type { Analysis, Claim } from '../budget/types.ts';
import { type Grouped, grouped } from '../budget/under-method.ts';

const kept = keeper<Grouped<Claim>>();

export const entryClaims = (analysis: Analysis, index: number): Grouped<Claim> =>
  kept(analysis, String(index), () => grouped(analysis.claims.filter((claim) => claim.index === index)));

/** Those that any method could be about: an entry that trains the model itself takes norms and embeddings, too. */
export function entryMatrices(analysis: Analysis, index: number): Grouped<Claim> {
  const all = entryClaims(analysis, index);
  const groups = all.groups.filter(({ place }) => isLinear(place.module));
  if (groups.length === all.groups.length) return all;
  return { places: all.places.filter(({ module }) => isLinear(module)), groups };
}
