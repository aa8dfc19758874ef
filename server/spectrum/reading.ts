/** What the numbers of a change mean: rescaled, amplified or new directions. */
import type { SpectrumChange } from '../protocol/spectrum.ts';

export type Reading = 'rescales' | 'amplifies' | 'leans' | 'new' | 'nothing';

/**
 * Thresholds, in this order; shares are of ‖ΔW‖_F²:
 * - nothing: the update is zero.
 * - rescales: at least half lies on the diagonal of UᵀΔWV: base directions were made longer or shorter, none turned.
 * - amplifies: at least half of what chance leaves lies between the base's leading left and right directions (as many as the update has).
 * - leans: less than half of it, but at least a tenth.
 * - new: anything less. The update lives in directions that the base gives little weight to.
 * What chance leaves: an update of many directions in a small matrix lies between the leading ones to a good part wherever it points, a
 * random one by `inTopByChance`. A tenth of the rest is more than random updates scatter.
 */
const thresholds = { mostly: 0.5, notable: 0.1 };

export function readingOf({ updateNorm, diagonal, inTop, inTopByChance }: SpectrumChange): Reading {
  if (!(updateNorm > 0)) return 'nothing';
  if (diagonal >= thresholds.mostly) return 'rescales';
  const aboveChance = inTopByChance < 1 ? (inTop - inTopByChance) / (1 - inTopByChance) : 0;
  if (aboveChance >= thresholds.mostly) return 'amplifies';
  return aboveChance >= thresholds.notable ? 'leans' : 'new';
}

export const readingTitles: Record<Reading, string> = {
  nothing: 'Nothing changed.',
  rescales: 'Mostly rescales existing directions.',
  amplifies: 'Mostly amplifies existing directions.',
  leans: 'Leans on existing directions, and adds new ones.',
  new: 'Mostly new directions.',
};
