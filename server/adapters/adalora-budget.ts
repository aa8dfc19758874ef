/** AdaLoRA's budget: which triplets are kept, by how much the loss would miss them (Zhang et al. 2023, sections 3.2 and 3.3; PEFT's `RankAllocator`). */
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { Schedule, ScheduledSite } from './types.ts';

export interface BudgetOptions {
  init_rank: number;
  target_rank: number;
  tinit: number;
  tfinal: number;
  delta_t: number;
  beta1: number;
  beta2: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as BudgetOptions;
const names = ['A', 'B', 'E'] as const;

/** What is kept between steps: smoothed sensitivity and uncertainty of each number, which triplets are left, the steps of the run. */
export function budgetState(trainable: Record<string, HostTensor>): Record<string, HostTensor> {
  const zeros = ({ shape, data }: HostTensor) => ({ shape, data: new Float32Array(data.length) });
  const rank = trainable.E!.data.length;
  const state: Record<string, HostTensor> = {
    kept: { shape: [rank], data: new Float32Array(rank).fill(1) },
    total: { shape: [1], data: new Float32Array(1) },
  };
  for (const name of names) {
    state[`${name}.sensitivity`] = zeros(trainable[name]!);
    state[`${name}.uncertainty`] = zeros(trainable[name]!);
  }
  return state;
}

export const budget: Schedule = {
  check(settings, total) {
    const { tinit, tfinal } = optionsOf(settings);
    // What is left of a pruned adapter stays.
    if (settings.options.live !== undefined || tinit + tfinal < total) return;
    throw new RankwiseError(
      'no-budget-phase',
      `AdaLoRA's tinit ${tinit} and tfinal ${tfinal} leave none of the ${total} steps to take ranks away.`,
      { hint: `Make tinit + tfinal less than ${total}, or train for more steps.` },
    );
  },

  after(all, step, total) {
    const sites = all.filter(({ state }) => state.schedule?.['E.sensitivity']);
    if (sites.length === 0) return undefined;
    const options = optionsOf(sites[0]!.settings);
    const last = total - options.tfinal;
    for (const { state } of sites) state.schedule!.total!.data[0] = total;
    if (step < last) {
      for (const site of sites) observe(site, options);
      if (step <= options.tinit || step % options.delta_t !== 0) return undefined;
      return ranksOf(all, sites, mask(sites, budgetAt(sites, step, last, options)));
    }
    if (step === last) {
      const masks = mask(sites, options.target_rank * sites.length);
      for (const [k, left] of masks.entries()) sites[k]!.state.schedule!.kept!.data.set(left);
      return ranksOf(all, sites, masks);
    }
    for (const { state } of sites)
      state.trainable.E!.data.forEach((_, i, e) => {
        if (state.schedule!.kept!.data[i] === 0) e[i] = 0;
      });
    return undefined;
  },

  startRank: ({ trainable, schedule }) => (schedule?.kept ? sum(schedule.kept.data) : trainable.E!.data.length),
};

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

/** Triplets left at each site; those that take no part keep theirs. */
function ranksOf(all: readonly ScheduledSite[], sites: readonly ScheduledSite[], masks: readonly Float32Array[]) {
  const left = new Map(sites.map((site, k) => [site, sum(masks[k]!)]));
  return all.map((site) => left.get(site) ?? budget.startRank!(site.state));
}

/** Sensitivity |parameter · gradient| and its distance from the mean, both smoothed. */
function observe({ state, gradients }: ScheduledSite, { beta1, beta2 }: BudgetOptions): void {
  for (const name of names) {
    const { data } = state.trainable[name]!;
    const gradient = gradients[name]!;
    const sensitivity = state.schedule![`${name}.sensitivity`]!.data;
    const uncertainty = state.schedule![`${name}.uncertainty`]!.data;
    for (let i = 0; i < data.length; i++) {
      const now = Math.abs(data[i]! * gradient(i));
      sensitivity[i] = beta1 * sensitivity[i]! + (1 - beta1) * now;
      uncertainty[i] = beta2 * uncertainty[i]! + (1 - beta2) * Math.abs(now - sensitivity[i]!);
    }
  }
}

/** Triplets of all matrices together that are left after a step: a cubic fall from the first number to the last. */
function budgetAt(sites: readonly ScheduledSite[], step: number, last: number, options: BudgetOptions): number {
  const first = sites.reduce((sum, { state }) => sum + state.trainable.E!.data.length, 0);
  const target = options.target_rank * sites.length;
  const left = 1 - (step - options.tinit) / (last - options.tinit);
  return Math.trunc((first - target) * left ** 3 + target);
}

/** Takes their E from all but the most important triplets; for each site 1 where a triplet is left, 0 where it is not. */
function mask(sites: readonly ScheduledSite[], left: number): Float32Array[] {
  const scores = sites.map(scoresOf);
  const sorted = Float32Array.from(scores.flatMap((s) => [...s])).sort();
  const taken = sorted.length - left;
  const threshold = taken > 0 ? sorted[taken - 1]! : Number.NEGATIVE_INFINITY;
  return sites.map(({ state }, k) =>
    scores[k]!.map((score, i) => {
      if (score > threshold) return 1;
      state.trainable.E!.data[i] = 0;
      return 0;
    }),
  );
}

/** Of a triplet: the score of its E and the mean scores of its row of A and its column of B. */
function scoresOf({ state }: ScheduledSite): Float32Array {
  const rank = state.trainable.E!.data.length;
  const score = (name: string, i: number) =>
    state.schedule![`${name}.sensitivity`]!.data[i]! * state.schedule![`${name}.uncertainty`]!.data[i]!;
  const n = state.trainable.A!.data.length / rank;
  const m = state.trainable.B!.data.length / rank;
  const mean = (length: number, at: (j: number) => number) => {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += at(j);
    return sum / length;
  };
  return Float32Array.from(
    { length: rank },
    (_, i) => score('E', i) + mean(n, (j) => score('A', i * n + j)) + mean(m, (j) => score('B', j * rank + i)),
  );
}
