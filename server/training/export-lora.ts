/** Adapters as plain LoRA: exactly where the method has such a form, else the nearest of a rank or of an energy. */
import path from 'node:path';
import { scaledColumns, scaledRows, triplets } from '../adapters/factors.ts';
import { changeOf } from '../adapters/lora-sums.ts';
import { tensorHalf, tensorHalves } from '../adapters/registry.ts';
import type { PlainLora } from '../adapters/types.ts';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import { writeAdapter } from '../checkpoint/peft.ts';
import { toHost } from '../engine/index.ts';
import type { Factors } from '../factors/types.ts';
import { methodOf } from '../methods/registry.ts';
import type { ModelSection } from '../recipe/types.ts';
import type { Assembly, Site } from './assemble-types.ts';
import { adapterFolders, withBase } from './save-adapters.ts';

/** The largest rank of a matrix, or the part of its change's energy (squared Frobenius norm) that is kept, in (0, 1]. */
export interface LoraBound {
  rank?: number;
  energy?: number;
  /** What decomposes the changes. */
  factors: Factors;
  signal?: AbortSignal;
}

export interface ExportedLora {
  path: string;
  exact: boolean;
  /** Of all changes together; absent where the export is exact. */
  retainedEnergy?: number;
}

/** See `TrainableModel.exportLora`. Throws `output-exists` and `no-plain-lora`. */
export async function exportLora(
  assembly: Assembly,
  model: ModelSection,
  target: string,
  bound?: LoraBound,
): Promise<ExportedLora> {
  demandMatricesAlone(assembly);
  const sites = new Map<string, Site>();
  const energy = { kept: 0, all: 0 };
  let exact = true;
  for (const [name, site] of assembly.sites) {
    const found = bound ? await bounded(assembly, site, bound) : exactly(site);
    const { A, B } = found.lora;
    // Biases that are trained beside the matrices stay so.
    const { bias } = site.settings.options;
    const { options, ...rest } = found.lora.settings;
    const settings = { ...rest, options: { ...options, ...(bias !== undefined && { bias }) } };
    sites.set(name, {
      ...site,
      half: tensorHalves.lora,
      settings,
      state: { trainable: { A, B }, frozen: {} },
      tied: {},
    });
    exact &&= found.exact;
    energy.kept += found.kept;
    energy.all += found.all;
  }
  const adapters = adapterFolders({ ...assembly, sites, ...(!alreadyLora(assembly) && { unknown: new Map() }) }, model);
  for (const { name, ...adapter } of adapters)
    await writeAdapter(path.join(target, adapters.length > 1 ? name : ''), await withBase(assembly, name, adapter));
  return { path: target, exact, ...(!exact && { retainedEnergy: energy.all === 0 ? 1 : energy.kept / energy.all }) };
}

/** Whatever else its configuration says still holds then. */
const alreadyLora = ({ sites }: Assembly): boolean =>
  [...sites.values()].every(({ half }) => half === tensorHalves.lora);

/** Throws `no-plain-lora` where a method trains parameters of the model itself. */
function demandMatricesAlone({ inPlace }: Assembly): void {
  const entry = [...inPlace.values()].find(({ method }) => tensorHalf(method).kind === 'parameters');
  if (!entry) return;
  throw new RankwiseError(
    'no-plain-lora',
    `${methodOf(entry.method)?.title} changes parameters of the model itself, which LoRA cannot.`,
    { hint: 'Merge it into the model: `rankwise merge`.' },
  );
}

/** Energies are squared Frobenius norms of the change of W. */
interface Found {
  lora: PlainLora;
  exact: boolean;
  kept: number;
  all: number;
}

function exactly({ name, half, entry, state, settings }: Site): Found {
  const lora = half.plain?.(state, settings);
  if (lora) return { lora, exact: true, kept: 0, all: 0 };
  throw new RankwiseError(
    'no-plain-lora',
    `${methodOf(entry.method)?.title} changes ${name} in a way that LoRA can only come near to.`,
    { hint: 'Give `--rank` or `--energy`, or merge it into the model: `rankwise merge`.' },
  );
}

async function bounded(assembly: Assembly, site: Site, bound: LoraBound): Promise<Found> {
  demandSameBias(assembly, site);
  const plain = site.half.plain?.(site.state, site.settings);
  return withinBound(updateOf(assembly, site, plain), plain, bound);
}

/** A change of W as LoRA: `plain`, which computes the same, where its rank is within the bound; else the nearest. */
export async function withinBound(update: HostTensor, plain: PlainLora | undefined, bound: LoraBound): Promise<Found> {
  const { rank = Infinity, energy } = bound;
  if (!plain || energy !== undefined || plain.settings.rank > rank) return nearestLora(update, bound);
  const all = squares(update.data);
  return { lora: plain, exact: true, kept: all, all };
}

/** The nearest LoRA to a change of W [m, n] within a rank and an energy, by its singular value decomposition. */
async function nearestLora(
  { shape, data }: HostTensor,
  { rank = Infinity, energy = 1, factors, signal }: LoraBound,
): Promise<Found> {
  const svd = await factors.svd({ rows: shape[0]!, columns: shape[1]!, data }, signal ? { signal } : {});
  const all = squares(svd.s);
  let kept = 0;
  let r = 0;
  while (r < Math.min(rank, svd.s.length) && (r === 0 || kept < energy * all)) kept += svd.s[r++]! ** 2;
  const { u, s, vt } = triplets(svd, r, 'top');
  const root = s.map(Math.sqrt);
  const lora = { A: scaledRows(vt, root), B: scaledColumns(u, root), settings: { rank: r, alpha: r, options: {} } };
  return { lora, exact: false, kept, all };
}

/** LoRA has no part in biases. Throws `no-plain-lora`. */
export function demandSameBias({ frozen }: Assembly, site: Site): void {
  const { name, half, entry, state } = site;
  const held = frozen.get(`${name}.bias`);
  if (!half.mergeBias || !held) return;
  const bias = toHost(held);
  const { data } = half.mergeBias(bias, state, site);
  if (data.every((value, i) => value === bias.data[i])) return;
  throw new RankwiseError(
    'no-plain-lora',
    `${methodOf(entry.method)?.title} changes the bias of ${name}, which LoRA cannot.`,
    {
      hint: 'Merge it into the model: `rankwise merge`.',
    },
  );
}

const squares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);

/** What an adapter adds to W [m, n]. */
export function updateOf({ frozen }: Assembly, site: Site, plain: PlainLora | undefined): HostTensor {
  if (plain) return changeOf(plain);
  const { name, m, n, half, state } = site;
  const weight = toHost(frozen.get(`${name}.weight`)!);
  const { data } = half.merge(weight, state, site);
  return { shape: [m, n], data: data.map((value, i) => value - weight.data[i]!) };
}
