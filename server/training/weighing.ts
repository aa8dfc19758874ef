/** Adapters that make only a part of their change, or more than it: base + weight · change. */
import { tensorHalves } from '../adapters/registry.ts';
import type { SiteState } from '../adapters/types.ts';
import type { HostTensor } from '../base/tensor.ts';
import { methodOf } from '../methods/registry.ts';
import { type Assembly, type Site, tensorName } from './assemble-types.ts';

/** The trainable tensors with which the adapted model makes `weight` of its change; or why there are none. */
export type Weighing = { at(weight: number): Map<string, HostTensor> } | { reason: string };

type Weighable = Omit<Site, 'frozen'>;

/**
 * The adapter of a matrix in a form whose change can be weighed by its trainable tensors alone, with their shapes: that in which adapters of its method
 * are composed, where that is exact, or plain LoRA on the base's own weight. Another is left as it is.
 */
export function weighable(site: Omit<Weighable, 'state'>, state: SiteState): Weighable {
  const sum = ownSum(site);
  if (sum) return { ...site, settings: sum, state: site.half.sum!([{ ...site, state, weight: 1 }], sum) };
  const plain = site.half.plain?.(state, site.settings);
  if (!plain) return { ...site, state };
  const { A, B, settings } = plain;
  return { ...site, half: tensorHalves.lora, tied: {}, settings, state: { trainable: { A, B }, frozen: {} } };
}

/** Settings of the method's own sum, where it has one that is exact. */
function ownSum({ entry, half, settings }: Pick<Site, 'entry' | 'half' | 'settings'>) {
  const summed = half.sum && methodOf(entry.method)?.summed?.([settings]);
  return summed && summed.inexact === undefined ? summed.settings : undefined;
}

/** Of a model that was assembled from `weighable` sites. `base`: the base's values of the parameters that are trained in place. */
export function weighing(assembly: Assembly, base: ReadonlyMap<string, HostTensor>): Weighing {
  const { sites, copies, trainable } = assembly;
  const [copy] = copies;
  if (copy !== undefined)
    return {
      reason: `The adapter brings a trained copy of ${copy.slice(0, copy.lastIndexOf('.'))} (modules_to_save), which takes the place of the base’s: it is on or off.`,
    };
  const bent = [...sites.values()].find((site) => site.half !== tensorHalves.lora && !ownSum(site));
  if (bent)
    return {
      reason: `${methodOf(bent.entry.method)!.title} changes weights by more than a sum, so that there is no part of its change: it is on or off.`,
    };
  return {
    at(weight) {
      const weighed = new Map<string, HostTensor>();
      for (const [name, start] of base) weighed.set(name, between(start, trainable.get(name)!, weight));
      for (const site of sites.values())
        for (const [key, tensor] of Object.entries(stateAt(site, weight).trainable))
          weighed.set(tensorName(site, key), tensor);
      return weighed;
    },
  };
}

function stateAt(site: Site, weight: number): Pick<SiteState, 'trainable'> {
  const sum = ownSum(site);
  if (sum) return site.half.sum!([{ ...site, weight }], sum);
  const { A, B } = site.state.trainable as Record<'A' | 'B', HostTensor>;
  return { trainable: { A, B: { ...B, data: B.data.map((value) => weight * value) } } };
}

const between = (start: HostTensor, end: HostTensor, weight: number): HostTensor => ({
  shape: start.shape,
  data: start.data.map((value, i) => value + weight * (end.data[i]! - value)),
});
