/** The states that adapters start in: drawn, taken from files, or made of decompositions of W. */
import { tensorHalf } from '../adapters/registry.ts';
import type { SiteState } from '../adapters/types.ts';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { readRange } from '../base/file-range.ts';
import { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import type { Claim } from '../budget/types.ts';
import type { FactorsReference } from '../checkpoint/factor-files.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import { toHost } from '../engine/index.ts';
import type { Svd } from '../engine/linalg/types.ts';
import type { AdapterEntry, Dtype } from '../recipe/types.ts';
import { frozenParameter, roundedTo } from './assemble-frozen.ts';
import { type ReadParameter, storedParameter } from './assemble-parameters.ts';
import { readSavedEntries, type SavedEntry, type SavedSite } from './assemble-saved.ts';
import type { Site } from './assemble-types.ts';
import { isTurned } from './conv1d.ts';
import { decompose, type Preparation, type Wanted } from './decompose.ts';
import { demandSame, keptSvd } from './shared-factors.ts';

/** A matrix, and what its adapter starts from: the tensors of a file, or nothing but W and a seed. */
export interface SiteStart extends Omit<Site, 'state' | 'frozen' | 'tied'> {
  module: Module;
  tensors?: Record<string, HostTensor>;
  factors?: FactorsReference;
}

/** What a file has of a matrix. */
export type FromFile = Pick<SavedSite, 'tensors' | 'factors'>;

/** Sites of saved adapters, then those of the claims that adapt matrices. `resumed` comes before either. */
export function siteStarts(
  savedEntries: readonly SavedEntry[],
  claims: readonly Claim[],
  resumed: ReadonlyMap<string, FromFile>,
): SiteStart[] {
  const saved = savedEntries.flatMap(({ entry, sites }) =>
    sites.map(({ module, half, settings, tensors, factors }): SiteStart => {
      const { name, m, n } = module;
      const given = resumed.get(name) ?? { tensors, ...(factors && { factors }) };
      return { name, m, n, settings, entry, half, module, ...given };
    }),
  );
  const claimed = claims.flatMap(({ entry, module, settings }): SiteStart[] => {
    const half = tensorHalf(entry.method);
    if (half.kind !== 'matrices') return [];
    const { name, m, n } = module;
    return [{ name, m, n, settings, entry, half, module, ...resumed.get(name) }];
  });
  return [...saved, ...claimed];
}

/**
 * Tensors of a checkpoint's adapters by module name, of the methods that would decompose W: frozen factors and bases are those that the run
 * began with, whatever computes a decomposition now.
 */
export async function resumedTensors(
  folder: string | undefined,
  methods: readonly string[],
  table: ModuleTable,
): Promise<Map<string, FromFile>> {
  const decomposing = methods.some((method) => {
    const half = tensorHalf(method);
    return half.kind === 'matrices' && half.decomposition !== undefined;
  });
  if (folder === undefined || !decomposing) return new Map();
  const entries = await readSavedEntries({ name: '', path: folder }, table);
  const sites = entries.flatMap((entry) => entry.sites).filter(({ half }) => half.decomposition);
  return new Map(sites.map(({ module, tensors, factors }) => [module.name, { tensors, ...(factors && { factors }) }]));
}

export interface StartInput extends Preparation {
  seed: number;
  read: ReadParameter;
  checkpoint: Checkpoint;
  held: Dtype | 'stored';
  modules: ReadonlyMap<string, Module>;
}

/** One for each start, in their order. Errors: those of reading and of `decompose`. */
export async function siteStates(starts: readonly SiteStart[], input: StartInput): Promise<SiteState[]> {
  const states: SiteState[] = [];
  const wanted: Wanted[] = [];
  const home = input.factors?.home;
  const shared = sharedFactors(starts, input.seed);
  for (const [index, start] of starts.entries()) {
    const { half, tensors, factors, module } = start;
    const weight = () => heldWeight(input, module) ?? input.read(module, 'weight');
    const make = (w: () => HostTensor, svd?: Svd) => {
      const random = Random.seeded(input.seed, `adapter ${start.name}`);
      states[index] = tensors
        ? half.restore(start, tensors, w, svd)
        : half.init(start, w, random, svd, shared.get(start.entry));
    };
    const decomposition = half.decomposition?.(start, tensors);
    const kept = factors && decomposition && (await keptSvd(start, decomposition, factors, home));
    if (!decomposition || kept) make(weight, kept);
    else {
      const { name, m, n } = start;
      const use = (svd: Svd, w: HostTensor) => {
        if (factors && home !== undefined) demandSame(svd, name, factors, home);
        make(() => w, svd);
      };
      wanted.push({ name, m, n, decomposition, weight, use, ...storedBytes(input, module) });
    }
  }
  await decompose(wanted, input);
  return states;
}

/** W as the forward pass sees it, in float32, where that is not W as it is stored: rounded, or quantized and decoded again. */
function heldWeight({ checkpoint, modules, held }: StartInput, module: Module): HostTensor | undefined {
  const stored = storedParameter(checkpoint, modules, module, 'weight');
  if (!stored || !roundedTo(module, stored, held)) return undefined;
  const tensor = frozenParameter(checkpoint, module, stored, held);
  const { data, shape } = toHost(tensor);
  tensor.dispose();
  return { data, shape };
}

/** What the sites of each new entry share. */
function sharedFactors(starts: readonly SiteStart[], seed: number): Map<AdapterEntry, Record<string, HostTensor>> {
  const fresh = starts.filter(({ half, tensors }) => half.shared && !tensors);
  const entries = new Set(fresh.map(({ entry }) => entry));
  return new Map(
    [...entries].map((entry) => {
      const sites = fresh.filter((start) => start.entry === entry);
      return [entry, sites[0]!.half.shared!.init(sites, seed)];
    }),
  );
}

/**
 * Of a weight that is not float32 in its file and is held as it is: the cache of decompositions names it by these bytes, whoever asks. One that is
 * rounded or turned goes by its values.
 */
function storedBytes({ checkpoint, modules, held }: StartInput, module: Module): Pick<Wanted, 'stored' | 'held'> {
  const found = storedParameter(checkpoint, modules, module, 'weight');
  if (!found) return {};
  const rounded = roundedTo(module, found, held);
  if (rounded) return { held: rounded };
  if (found.dtype === 'F32' || isTurned(module, 'weight')) return {};
  const { name, dtype } = found;
  const stored = () => {
    const range = checkpoint.range(name);
    const bytes = new Uint8Array(range.length);
    readRange(range, 0, bytes);
    return { dtype, bytes };
  };
  return { stored };
}
