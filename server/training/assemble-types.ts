/** A model taken apart for training: what is frozen, what is trained, and what sits on which matrix. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { MatrixAdapter, MatrixSite, SiteState } from '../adapters/types.ts';
import type { ModelConfig, Module, ModuleTable } from '../architectures/types.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { BaseWeights } from '../checkpoint/base-weights.ts';
import type { ModelFamily } from '../models/types.ts';
import type { AdapterEntry, Task } from '../recipe/types.ts';
import type { ParameterGroup } from './types.ts';

/** One adapted matrix. */
export interface Site extends MatrixSite {
  entry: AdapterEntry;
  half: MatrixAdapter;
  /** Its trainable tensors are the objects of `Assembly.trainable`. */
  state: SiteState;
  /** Names in `Assembly.trainable` of what it trains together with the entry's other sites, by the method's names. */
  tied: Record<string, string>;
  /** `state.frozen` as tensors. */
  frozen: Record<string, Tensor>;
}

export interface Assembly {
  task: Task;
  config: ModelConfig;
  table: ModuleTable;
  family: ModelFamily;
  /** One per adapter folder: those of the recipe, a folder of several saved adapters taken apart. */
  entries: AdapterEntry[];
  modules: ReadonlyMap<string, Module>;
  /** By module name. */
  sites: ReadonlyMap<string, Site>;
  /** Master copies by stable name: `tensorName` for adapters, the parameter's own name for the rest. */
  trainable: Map<string, HostTensor>;
  groups: ReadonlyMap<string, ParameterGroup>;
  /** Names of `trainable` that are copies of base parameters (`modules_to_save`), as PEFT makes them. */
  copies: ReadonlySet<string>;
  /** Base parameters that a method trains in place, by name, and the entry that does. */
  inPlace: ReadonlyMap<string, AdapterEntry>;
  /** Parameters that are not trained, by name. A matrix whose method changes the base has the changed one. */
  frozen: ReadonlyMap<string, Tensor>;
  /** Compute the activations of each layer again in the backward pass. */
  checkpointing: boolean;
  /** `training.label_smoothing`, and `training.neftune_alpha` where there is one. */
  labelSmoothing: number;
  neftune?: number;
  /** Fields of adapter_config.json that came with a saved adapter and are unknown here, by entry: written back. */
  unknown?: ReadonlyMap<AdapterEntry, Record<string, unknown>>;
  /** Where shared factors are kept (`Factors.home`). */
  home?: string | undefined;
  /** A parameter of the base, W as m×n, whatever has been made of it; read while the checkpoint is open. */
  original(module: Module, parameter: string): HostTensor;
  /** What adapters of these modules record of the base, computed when it is first asked for. */
  base(modules: readonly string[]): Promise<BaseWeights>;
  warnings: { code: string; message: string }[];
}

/** "model.layers.0.self_attn.q_proj.lora_A.weight": the key that the adapter file has below PEFT's prefix, unique in a model. */
export function tensorName(site: { name: string; half: MatrixAdapter }, tensor: string): string {
  const key = Object.entries(site.half.peftKeys).find(([, name]) => name === tensor)?.[0];
  if (key === undefined) throw new Error(`The method of ${site.name} has no adapter key for ${tensor}`);
  return `${site.name}.${key}`;
}

/**
 * Names of what the sites of an entry train together, by entry: "model.layers.0.self_attn.q_proj.tied_lora_A.weight", after the first of the sites in
 * alphabetical order, so that the name is the same whatever order they come in. Entries that tie nothing are left out.
 */
export function tiedNames(
  sites: readonly Pick<Site, 'name' | 'half' | 'entry'>[],
): Map<AdapterEntry, Record<string, string>> {
  const first = new Map<AdapterEntry, Pick<Site, 'name' | 'half'>>();
  for (const site of sites) {
    const least = first.get(site.entry);
    if (site.half.shared?.trained && (!least || site.name < least.name)) first.set(site.entry, site);
  }
  const named = ({ name, half }: Pick<Site, 'name' | 'half'>) =>
    Object.fromEntries(Object.entries(half.shared!.keys).map(([key, tensor]) => [tensor, `${name}.${key}`]));
  return new Map([...first].map(([entry, site]) => [entry, named(site)]));
}

/** The step's input for a random draw at a site, in one of the module's applications. */
export const randomName = (site: { name: string }, draw: string, application: number): string =>
  `${site.name}.random.${draw}${application > 0 ? `.${application}` : ''}`;
