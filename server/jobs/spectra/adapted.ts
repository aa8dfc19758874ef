/** What an adapter, or full fine-tuning, makes of a model's matrices. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { changeOf } from '../../adapters/lora-sums.ts';
import type { Decomposition } from '../../adapters/types.ts';
import type { Module, ModuleTable } from '../../architectures/types.ts';
import type { HostTensor } from '../../base/tensor.ts';
import { demandBase } from '../../checkpoint/base-weights.ts';
import { type Checkpoint, openCheckpoint } from '../../checkpoint/model-folder.ts';
import { tableOf } from '../../checkpoint/model-table.ts';
import { taskOf } from '../../checkpoint/saved-task.ts';
import { startEngine } from '../../engine/index.ts';
import type { Matrix, Svd } from '../../engine/linalg/types.ts';
import type { Learned } from '../../spectrum/learned.ts';
import { readSavedEntries, type SavedSite, savedTable } from '../../training/assemble-saved.ts';
import { demandSame, keptSvd } from '../../training/shared-factors.ts';
import { readMatrix } from './matrices.ts';

export interface Changed {
  merged: Float32Array;
  /** merged − W */
  update: Float32Array;
  /** What the method tells of itself, and which method. */
  learned?: { method: string; what: Learned };
}

export interface Base {
  /** W, m×n. */
  w: Matrix;
  /** What a saved adapter may need of it. */
  decompose(wanted: Decomposition): Promise<Svd>;
  /** Where shared factors are kept; absent: nowhere. */
  home?: string | undefined;
}

export interface Adapted {
  /** With the head that the adapter was trained with. */
  table: ModuleTable;
  changes(module: Module): boolean;
  /** `apply` gives what the method learned there. */
  learns(module: Module): boolean;
  /** Leaves W as it is. */
  apply(module: Module, base: Base): Promise<Changed>;
  close(): void;
}

/**
 * `folder`: an adapter in PEFT's format (or several in subfolders), or the model that full fine-tuning wrote. Throws what reading these
 * throws, `bad-adapter` where it does not fit the model, and `wrong-base` where it was trained on other weights. `home`: where digests are kept.
 */
export async function openAdapted(checkpoint: Checkpoint, folder: string, home?: string): Promise<Adapted> {
  const holds = (name: string) => existsSync(path.join(folder, name));
  return holds('config.json') && !holds('adapter_config.json')
    ? openTuned(checkpoint, folder)
    : openAdapters(checkpoint, folder, home);
}

async function openTuned(checkpoint: Checkpoint, folder: string): Promise<Adapted> {
  const tuned = await openCheckpoint(folder);
  const weight = ({ name }: Module) => `${name}.weight`;
  return {
    table: tableOf(tuned, taskOf(tuned.config, undefined, folder)),
    changes: (module) => `${tuned.info(weight(module))?.shape}` === `${checkpoint.info(weight(module))?.shape}`,
    learns: () => false,
    async apply(module, { w }) {
      const merged = readMatrix(tuned, module).data;
      return { merged, update: difference(merged, w.data) };
    },
    close: () => tuned.close(),
  };
}

async function openAdapters(checkpoint: Checkpoint, folder: string, home: string | undefined): Promise<Adapted> {
  const { table } = savedTable(checkpoint, folder);
  const entries = await readSavedEntries({ name: path.basename(folder), path: folder }, table);
  const dirs = entries.map(({ entry }) => entry.path!);
  await demandBase(dirs, checkpoint, home);
  const siteAt = new Map(
    entries.flatMap(({ entry, sites }) => sites.map((site) => [site.module.name, { ...site, method: entry.method }])),
  );
  const trained = new Map(entries.flatMap(({ parameters }) => [...parameters]));
  return {
    table,
    changes({ name, m, n }) {
      const stored = checkpoint.info(`${name}.weight`)?.shape;
      return siteAt.has(name) || (trained.has(`${name}.weight`) && `${stored}` === `${[m, n]}`);
    },
    learns: ({ name }) => siteAt.get(name)?.half.learned !== undefined,
    async apply({ name }, base) {
      const found = siteAt.get(name);
      if (found) return applySite(found, base);
      const merged = trained.get(`${name}.weight`)!.data;
      return { merged, update: difference(merged, base.w.data) };
    },
    close: () => {},
  };
}

/**
 * Where a method's change of W is a product of factors (`plain`), the update is that product: exact to float32. The difference merged − W
 * is not: it keeps W's rounding, which is of full rank and, under a small update, far above that update's own small singular values.
 * Where a method does more than add, the difference is all there is.
 */
async function applySite(
  { module, half, settings, tensors, factors, method }: SavedSite & { method: string },
  { w, decompose, home }: Base,
): Promise<Changed> {
  const { name, m, n } = module;
  const site = { name, m, n, settings };
  const weight: HostTensor = { shape: [m, n], data: w.data };
  const wanted = half.decomposition?.(site, tensors);
  const kept = factors && wanted && (await keptSvd(site, wanted, factors, home));
  const svd = kept ?? (wanted && (await decompose(wanted)));
  if (!kept && svd && factors && home !== undefined) demandSame(svd, name, factors, home);
  // Such methods multiply whole matrices, and nothing else here needs the engine.
  if (half.factorsOutside) await startEngine();
  const state = half.restore(site, tensors, () => weight, svd);
  const merged = half.merge(state.base ?? weight, state, site).data;
  const what = half.learned?.(state, site, state.base ?? weight);
  const learned = what && { learned: { method, what } };
  const plain = half.plain?.(state, settings);
  if (!plain) return { merged, update: difference(merged, w.data), ...learned };
  return { merged, update: changeOf(plain).data, ...learned };
}

/** Each difference rounded to float32 once. */
function difference(merged: Float32Array, base: Float32Array): Float32Array {
  const result = new Float32Array(base.length);
  for (let i = 0; i < result.length; i++) result[i] = merged[i]! - base[i]!;
  return result;
}
