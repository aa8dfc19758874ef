/** One adapter whose change of every weight is the weighted sum of those of others: exactly where there is such, else as near as asked for. */
import { changeOf, factorwise, sideBySide, type WeightedLora } from '../adapters/lora-sums.ts';
import { tensorHalf, tensorHalves } from '../adapters/registry.ts';
import type { MatrixAdapter } from '../adapters/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import {
  type ComposedAdapter,
  type Composition,
  type CompositionOptions,
  compositionOf,
} from '../budget/composition.ts';
import { factorDigests } from '../checkpoint/factor-files.ts';
import type { Checkpoint } from '../checkpoint/model-folder.ts';
import { writeAdapter } from '../checkpoint/peft.ts';
import type { Factors } from '../factors/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { WeightedAdapter } from '../protocol/adapters.ts';
import type { AdapterEntry } from '../recipe/types.ts';
import { assemble } from './assemble.ts';
import { folderInput } from './assemble-recipe.ts';
import type { Assembly, Site } from './assemble-types.ts';
import { composedHeads } from './compose-heads.ts';
import { demandSameBias, updateOf, withinBound } from './export-lora.ts';
import { adapterFolders, withBase } from './save-adapters.ts';
import { keepSites } from './shared-factors.ts';

export interface ComposeInput extends CompositionOptions {
  /** As the composed adapter names its base. */
  model: string;
  sources: readonly WeightedAdapter[];
  /** The new adapter folder. */
  target: string;
  factors: Factors;
  signal: AbortSignal;
}

export interface Composed {
  path: string;
  exact: boolean;
  /** Of the sum of all changes; absent where nothing was cut off. */
  retainedEnergy?: number;
  method: string;
}

/** A source, its adapters on the base. */
interface Source {
  assembly: Assembly;
  weight: number;
}

/** The adapters of one matrix. */
type Addend = Site & { assembly: Assembly; weight: number };

/**
 * Writes `target`. Throws what `assemble` throws (`wrong-base` for an adapter of other weights), what `compositionOf` throws, `heads-differ`, and
 * `output-exists`.
 */
export async function composeAdapters(checkpoint: Checkpoint, input: ComposeInput): Promise<Composed> {
  const { model, sources: given, target, factors, signal } = input;
  const sources: Source[] = [];
  for (const { adapter, weight } of given) {
    const assembling = folderInput(checkpoint, model, adapter, 'stored', { factors, signal });
    sources.push({ assembly: await assemble(assembling), weight });
  }
  const composition = compositionOf(sources.flatMap(adaptersOf), input);
  const heads = composedHeads(sources.map(({ assembly }) => assembly));
  const entry = entryOf(composition, sources, heads);
  const sites = new Map<string, Site>();
  const energy = { kept: 0, all: 0 };
  for (const [name, parts] of addends(sources)) {
    if (signal.aborted) throw new RankwiseError('aborted', 'The composition was stopped.', { kind: 'runtime' });
    const { kept = 0, all = 0, ...made } = await composed(parts, composition, input);
    const { m, n } = parts[0]!;
    sites.set(name, { name, m, n, entry, tied: {}, frozen: {}, ...made });
    energy.kept += kept;
    energy.all += all;
  }
  const inPlace = inPlaceSums(sources);
  const bias = biasOf(sources, sites, inPlace);
  for (const site of sites.values())
    site.settings = { ...site.settings, options: { ...site.settings.options, ...(bias && { bias }) } };
  const assembly: Assembly = {
    ...sources[0]!.assembly,
    entries: [entry],
    sites,
    trainable: new Map([...inPlace, ...heads]),
    inPlace: new Map([...inPlace.keys()].map((name) => [name, entry])),
  };
  const section = { path: model, task: assembly.task, dtype: 'float32' } as const;
  const [folder] = adapterFolders(assembly, section, keepSites([...sites.values()], factors.home));
  const { name, ...adapter } = folder!;
  await writeAdapter(target, await withBase(assembly, name, adapter));
  const cut = composition.form === 'lora' && composition.combine === 'svd';
  return {
    path: target,
    exact: composition.inexact === undefined,
    ...(cut && { retainedEnergy: energy.all === 0 ? 1 : energy.kept / energy.all }),
    method: entry.method,
  };
}

/** What `compositionOf` sees of a source. */
function adaptersOf({ assembly }: Source): ComposedAdapter[] {
  return assembly.entries.map((entry) => ({
    name: entry.path!,
    method: methodOf(entry.method)!,
    matrices: [...assembly.sites.values()].filter((site) => site.entry === entry),
    factors: factorDigests(entry.path!),
  }));
}

function entryOf(composition: Composition, sources: readonly Source[], heads: ReadonlyMap<string, unknown>) {
  const saved = sources.flatMap(({ assembly }) => assembly.entries.flatMap((entry) => entry.modules_to_save ?? []));
  const entry: AdapterEntry = {
    name: 'composed',
    method: composition.form === 'lora' ? 'lora' : composition.method.id,
    exclude_modules: [],
    layers_to_transform: 'all',
    rank_pattern: {},
    alpha_pattern: {},
    options: {},
    modules_to_save: heads.size > 0 ? [...new Set(saved)] : [],
  };
  return entry;
}

/** By module, in the order of the model. */
function addends(sources: readonly Source[]): Map<string, Addend[]> {
  const found = new Map<string, Addend[]>();
  for (const { name } of sources[0]!.assembly.table.modules) {
    const parts = sources.flatMap(({ assembly, weight }) => {
      const site = assembly.sites.get(name);
      return site ? [{ ...site, assembly, weight }] : [];
    });
    if (parts.length > 0) found.set(name, parts);
  }
  return found;
}

type Made = Pick<Site, 'half' | 'settings' | 'state'> & { kept?: number; all?: number };

async function composed(parts: readonly Addend[], composition: Composition, input: ComposeInput): Promise<Made> {
  if (composition.form === 'own') {
    const half = tensorHalf(composition.method.id) as MatrixAdapter;
    const { settings } = composition;
    return { half, settings, state: half.sum!(parts, settings) };
  }
  const { combine } = composition as Extract<Composition, { form: 'lora' }>;
  const plain = plainOf(parts);
  const { lora, ...energy } =
    combine === 'svd'
      ? await nearest(parts, plain, input)
      : { lora: (combine === 'cat' ? sideBySide : factorwise)(plain!) };
  const { A, B, settings } = lora;
  return { half: tensorHalves.lora, settings, state: { trainable: { A, B }, frozen: {} }, ...energy };
}

/** Undefined where one of them has no plain form. */
function plainOf(parts: readonly Addend[]): WeightedLora[] | undefined {
  const found = parts.map(({ half, state, settings, weight }) => ({ lora: half.plain?.(state, settings), weight }));
  return found.every(({ lora }) => lora) ? (found as WeightedLora[]) : undefined;
}

/** Without a bound the rank is the largest of those that are summed, as in PEFT. */
async function nearest(
  parts: readonly Addend[],
  plain: readonly WeightedLora[] | undefined,
  { rank, energy, factors, signal }: ComposeInput,
) {
  for (const part of parts) demandSameBias(part.assembly, part);
  const whole = plain && sideBySide(plain);
  const ranks = plain?.map(({ lora }) => lora.settings.rank) ?? [];
  const largest = rank ?? (energy === undefined ? Math.max(...ranks) : Number.POSITIVE_INFINITY);
  const bound = { rank: largest, factors, signal, ...(energy !== undefined && { energy }) };
  const { lora, kept, all } = await withinBound(whole ? changeOf(whole) : summed(parts), whole, bound);
  return { lora, kept, all };
}

/** The weighted sum of the changes of W. */
function summed(parts: readonly Addend[]): HostTensor {
  const { m, n } = parts[0]!;
  const sum: HostTensor = { shape: [m, n], data: new Float32Array(m * n) };
  for (const part of parts) {
    const own = part.half.plain?.(part.state, part.settings);
    const { data } = updateOf(part.assembly, part, own);
    for (let i = 0; i < data.length; i++) sum.data[i]! += part.weight * data[i]!;
  }
  return sum;
}

/** What the composed adapter says of its biases; undefined where it has none, or not those that a mode stands for: they are then trained copies. */
function biasOf(sources: readonly Source[], sites: ReadonlyMap<string, Site>, inPlace: ReadonlyMap<string, unknown>) {
  const modes = sources.flatMap(({ assembly }) => assembly.entries.map(({ options }) => options.bias));
  if (modes.includes('all')) return 'all';
  const { modules } = sources[0]!.assembly;
  const biased = [...sites.keys()].filter((name) => modules.get(name)!.parameters.bias);
  const whole = biased.length > 0 && biased.every((name) => inPlace.has(`${name}.bias`));
  return modes.includes('lora_only') && whole ? 'lora_only' : undefined;
}

/** Parameters that the sources train in the base itself: the base's value, and the weighted changes. */
function inPlaceSums(sources: readonly Source[]): Map<string, HostTensor> {
  const sums = new Map<string, HostTensor>();
  const names = new Set(sources.flatMap(({ assembly }) => [...assembly.inPlace.keys()]));
  for (const name of names) {
    const { modules, original } = sources[0]!.assembly;
    const dot = name.lastIndexOf('.');
    const base = original(modules.get(name.slice(0, dot))!, name.slice(dot + 1));
    const data = base.data.slice();
    for (const { assembly, weight } of sources) {
      const own = assembly.inPlace.has(name) ? assembly.trainable.get(name)! : undefined;
      for (let i = 0; own && i < data.length; i++) data[i]! += weight * (own.data[i]! - base.data[i]!);
    }
    sums.set(name, { shape: base.shape, data });
  }
  return sums;
}
