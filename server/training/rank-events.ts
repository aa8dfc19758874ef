/** Tells of ranks that a method allocates, where they have changed. */
import type { RanksEvent } from '../protocol/events.ts';
import type { Untimed } from './loop.ts';
import type { TrainableModel } from './types.ts';

/**
 * @returns to be called before the first step, with 0, and after each step at which ranks were allocated. What was told last before an
 * interruption is not known any more: the first allocation of a resumed run is told in any case.
 */
export function rankTeller(
  schedule: TrainableModel['schedule'],
  emit: (event: Untimed<RanksEvent>) => void,
): (step: number) => void {
  let told: number[] | undefined;
  return (step) => {
    if (!schedule || schedule.ranks.size === 0) return;
    const ranks = [...schedule.ranks.values()];
    if (told?.every((rank, i) => rank === ranks[i])) return;
    const names = told ? {} : { matrices: [...schedule.ranks.keys()] };
    const budget = ranks.reduce((sum, rank) => sum + rank, 0);
    told = ranks;
    emit({ event: 'ranks', step, budget, ...names, ranks });
  };
}
