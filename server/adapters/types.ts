/** The tensor half of a PEFT method. Host tensors are float32, W is m×n (out × in) whatever the storage. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { Svd, TruncationSettings } from '../engine/linalg/types.ts';
import type { MatrixSettings } from '../methods/types.ts';
import type { Learned } from '../spectrum/learned.ts';

export interface MatrixSite {
  /** Module name. */
  name: string;
  m: number;
  n: number;
  settings: MatrixSettings;
}

export interface SiteState {
  /** By the name that the method gives them: { A: [r, n], B: [m, r] }. */
  trainable: Record<string, HostTensor>;
  frozen: Record<string, HostTensor>;
  /** Set when the method changes the base weight (pissa, milora): what the forward pass uses instead of W. */
  base?: HostTensor;
  /** What the trainable tensors started from, kept for the file alone (pissa, milora). */
  start?: Record<string, HostTensor>;
  /** What the method's `schedule` keeps from step to step; part of a checkpoint. */
  schedule?: Record<string, HostTensor>;
  /** What all sites of the entry share, the same objects at each. */
  shared?: Record<string, HostTensor>;
}

/** What a forward pass at one site can use. */
export interface SiteForward {
  /** x·Wᵀ without bias, x: [rows, n] -> [rows, m]. */
  base(x: Tensor): Tensor;
  /** W itself [m, n], for methods that transform it. */
  weight(): Tensor;
  tensors: Record<string, Tensor>;
  settings: MatrixSettings;
  /** The random input declared under `name` by `randomInputs` (uniform in [0, 1)), or undefined outside training. */
  random(name: string): Tensor | undefined;
}

/** Ranks and alphas by module name, where they are not the entry's usual ones. */
export interface PeftPatterns {
  rank: Record<string, number>;
  alpha: Record<string, number>;
}

/** What of W's singular value decomposition a method asks for: the leading `rank` triplets, or all. */
export type Decomposition = ({ kind: 'truncated'; rank: number } & Partial<TruncationSettings>) | { kind: 'full' };

export interface PlainLora {
  A: HostTensor;
  B: HostTensor;
  settings: MatrixSettings;
}

/** A site after an optimizer step: its state is live. `gradients`: of each trainable tensor, clipped, by index. */
export interface ScheduledSite extends MatrixSite {
  state: SiteState;
  gradients: Record<string, (i: number) => number>;
}

/** What a method does between steps, over all sites of an entry. */
export interface Schedule {
  /** Throws where a run of `total` steps leaves it no room. */
  check(settings: MatrixSettings, total: number): void;
  /**
   * After the update of `step` (from 1), in place; it depends on tensors, gradients and `SiteState.schedule` alone. Gives the rank of each site
   * where it allocated ranks at this step.
   */
  after(sites: readonly ScheduledSite[], step: number, total: number): readonly number[] | undefined;
  /** The rank that a site starts with; absent: the method allocates none. */
  startRank?(state: SiteState): number;
}

/** Tensors that an adapter has once for all its sites: VeRA's projections, Tied-LoRA's A and B. */
export interface SharedFactors {
  /** Keys in the file, below "base_model." -> names: { vera_A: "A" }. */
  keys: Record<string, string>;
  /** They are trained: a gradient is the sum over the sites, whose `forward` finds them among its tensors. */
  trained?: true;
  /** For all sites of an entry, the same at each call with one seed (`training.seed`). */
  init(sites: readonly MatrixSite[], seed: number): Record<string, HostTensor>;
  /** What a file must hold of each: the least, where they are frozen; larger ones are sliced. */
  shapes(sites: readonly MatrixSite[]): Record<string, number[]>;
  /** Whether the file holds them; otherwise `init` makes them again. */
  kept(settings: MatrixSettings): boolean;
}

/** One of the adapters of a matrix that are composed. */
export interface WeightedState {
  state: SiteState;
  settings: MatrixSettings;
  weight: number;
}

export interface MatrixAdapter {
  /** Given to `init`, and to `restore` among the saved tensors. */
  shared?: SharedFactors;
  /**
   * What `init` is to be given of W's decomposition, or `restore` for the `saved` tensors; undefined: nothing. It is computed ahead, or found
   * in the cache.
   */
  decomposition?(site: MatrixSite, saved?: Record<string, HostTensor>): Decomposition | undefined;
  /**
   * The frozen tensors U, S and Vt are the decomposition, bit for bit, and lie in files of their own, shared by all adapters of a base that name their
   * digest (checkpoint/factor-files.ts). `decomposition` asks for it with saved tensors too.
   */
  factorsOutside?: true;
  /**
   * Random draws come from `random` alone; `weight` is read only by methods that need W, and is W as the forward pass sees it: rounded or quantized where
   * the base is held so. `svd` is what `decomposition` asks for, of that W.
   */
  init(
    site: MatrixSite,
    weight: () => HostTensor,
    random: Random,
    svd?: Svd,
    shared?: Record<string, HostTensor>,
  ): SiteState;
  /** State from the tensors of a saved adapter, by the names of `peftKeys` and of `shared`. */
  restore(site: MatrixSite, tensors: Record<string, HostTensor>, weight: () => HostTensor, svd?: Svd): SiteState;
  /** Puts the trainable tensors, in place, back to what the method lets them be (coft): after each update. Absent: they may be anything. */
  settle?(state: SiteState, site: MatrixSite): void;
  /** x: [rows, n] -> [rows, m], the base product included, the bias not. Pure and recordable. */
  forward(x: Tensor, site: SiteForward): Tensor;
  /** The bias as the adapter makes it, where it does. bias: [m] -> [m]. */
  bias?(bias: Tensor, site: Pick<SiteForward, 'tensors' | 'settings'>): Tensor;
  /** A term of the training loss; its mean over the sites of an entry is added once a step. Undefined: none with these settings. */
  penalty?(tensors: Record<string, Tensor>, settings: MatrixSettings): Tensor | undefined;
  schedule?: Schedule;
  /** Random inputs per forward in training, as shapes given the number of rows of x; none for most. */
  randomInputs?(site: MatrixSite, rows: number): Record<string, number[]>;
  /** Shapes of the tensors of `peftKeys`, against which a file is checked. */
  shapes(site: MatrixSite): Record<string, number[]>;
  /** Effective weight [m, n] for the weight [m, n] that the forward pass uses: `state.base` where there is one (merge, export). */
  merge(weight: HostTensor, state: SiteState, site: MatrixSite): HostTensor;
  /** The bias [m] as `bias` has it. */
  mergeBias?(bias: HostTensor, state: SiteState, site: MatrixSite): HostTensor;
  /**
   * adapter_config.json fields beyond the common ones (a common one that PEFT's type lacks is set to undefined), the inverse of the pure half's `fromPeft`: of the usual settings, and of the modules that differ from them. `targets`: its
   * `target_modules`, which stand unless they are among the fields here.
   */
  peftConfig(
    settings: MatrixSettings,
    patterns: PeftPatterns,
    sites: readonly (MatrixSite & { state: SiteState })[],
    targets: readonly string[],
  ): Record<string, unknown>;
  /** Fields that take the place of those of `peftConfig` here; other readers do not see them. Absent: the file is all that the method is. */
  ownConfig?(settings: MatrixSettings, patterns: PeftPatterns): Record<string, unknown>;
  /** The file's tensors by the names of `peftKeys`, where they are not those of the state. */
  pack?(state: SiteState): Record<string, HostTensor>;
  /**
   * The same change of W as plain LoRA, without loss but for rounding: A [r', n], B [m, r'], and the settings with which `lora` computes it.
   * Absent: there is no such.
   */
  plain?(state: SiteState, settings: MatrixSettings): PlainLora;
  /** What of its tensors a person can read, and how it is called. `weight`: W, as `merge` is given it. Absent: the update says all. */
  learned?(state: SiteState, site: MatrixSite, weight: HostTensor): Learned;
  /** The weighted sum over the same frozen factors, with the settings that the pure half's `summed` gives. Absent where that is. */
  sum?(parts: readonly WeightedState[], settings: MatrixSettings): SiteState;
  /** Adapter file keys below the module's name -> state tensors: { "lora_A.weight": "A" }. Bit-for-bit round trip. */
  peftKeys: Record<string, string>;
  /** State tensors that `lora_plus_ratio` gives the higher learning rate (LoRA+: B). */
  loraPlus?: readonly string[];
}

/** Methods that train the model's own parameters (full, bitfit): which of a module's parameters. */
export interface ParameterAdapter {
  trains(module: string, parameter: string): boolean;
  /** adapter_config.json fields beyond the common ones, where the result is an adapter: its file holds the parameters as they are now. */
  peftConfig?(): Record<string, unknown>;
}

export type TensorHalf = ({ kind: 'matrices' } & MatrixAdapter) | ({ kind: 'parameters' } & ParameterAdapter);
