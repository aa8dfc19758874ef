/** What methods do to their tensors between the optimizer's steps (AdaLoRA takes ranks away). */
import type { HostTensor } from '../base/tensor.ts';
import { type Assembly, type Site, tensorName } from './assemble-types.ts';
import type { TrainableModel } from './types.ts';

/** See `TrainableModel.schedule`; undefined where no method has one. */
export function methodSchedule({ entries, sites }: Assembly): TrainableModel['schedule'] {
  const groups = entries
    .map((entry) => [...sites.values()].filter((site) => site.entry.name === entry.name && site.half.schedule))
    .filter((group) => group.length > 0);
  if (groups.length === 0) return undefined;
  const tensors = groups.flat().flatMap((site) => {
    const own = Object.entries(site.state.schedule ?? {});
    return own.map(([key, tensor]): [string, HostTensor] => [`${site.name}.${key}`, tensor]);
  });
  const ranks = new Map<string, number>();
  for (const { name, state, half } of groups.flat()) {
    const rank = half.schedule!.startRank?.(state);
    if (rank !== undefined) ranks.set(name, rank);
  }
  return {
    tensors: new Map(tensors),
    ranks,
    check(total) {
      for (const [first] of groups) first!.half.schedule!.check(first!.settings, total);
    },
    after(step, total, gradients, clip) {
      let allocated = false;
      for (const group of groups) {
        const scheduled = group.map((site) => ({ ...site, gradients: ofSite(site, gradients, clip) }));
        const given = group[0]!.half.schedule!.after(scheduled, step, total);
        for (const [k, rank] of given?.entries() ?? []) ranks.set(group[k]!.name, rank);
        allocated ||= given !== undefined;
      }
      return allocated;
    },
  };
}

function ofSite(site: Site, gradients: ReadonlyMap<string, Float32Array>, clip: number) {
  const names = Object.keys(site.state.trainable);
  return Object.fromEntries(
    names.map((name) => {
      const gradient = gradients.get(tensorName(site, name))!;
      return [name, (i: number) => clip * gradient[i]!];
    }),
  );
}
