/** What an adapter, or full fine-tuning, makes of a model's matrices. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../../architectures/families.ts';
import type { Module, ModuleTable } from '../../architectures/types.ts';
import type { HostTensor } from '../../base/tensor.ts';
import { type Checkpoint, openCheckpoint } from '../../checkpoint/model-folder.ts';
import { listAdapters, readAdapter } from '../../checkpoint/peft.ts';
import { labelsOf, taskOf } from '../../training/assemble-recipe.ts';
import { readSavedEntries, type SavedEntry } from '../../training/assemble-saved.ts';
import { readMatrix } from './matrices.ts';

export interface Changed {
  merged: Float32Array;
  /** merged − W */
  update: Float32Array;
}

export interface Adapted {
  /** With the head that the adapter was trained with. */
  table: ModuleTable;
  changes(module: Module): boolean;
  /** `base` is W m×n, which stays as it is. */
  apply(module: Module, base: Float32Array): Changed;
  close(): void;
}

/**
 * `folder`: an adapter in PEFT's format (or several in subfolders), or the model that full fine-tuning wrote. Throws what reading these
 * throws, and `bad-adapter` where it does not fit the model.
 */
export async function openAdapted(checkpoint: Checkpoint, folder: string): Promise<Adapted> {
  const holds = (name: string) => existsSync(path.join(folder, name));
  return holds('config.json') && !holds('adapter_config.json')
    ? openTuned(checkpoint, folder)
    : openAdapters(checkpoint, folder);
}

async function openTuned(checkpoint: Checkpoint, folder: string): Promise<Adapted> {
  const tuned = await openCheckpoint(folder);
  const weight = ({ name }: Module) => `${name}.weight`;
  return {
    table: moduleTable(tuned.config, taskOf(tuned.config, undefined, folder)),
    changes: (module) => `${tuned.info(weight(module))?.shape}` === `${checkpoint.info(weight(module))?.shape}`,
    apply(module, base) {
      const merged = readMatrix(tuned, module).data;
      return { merged, update: difference(merged, base) };
    },
    close: () => tuned.close(),
  };
}

async function openAdapters(checkpoint: Checkpoint, folder: string): Promise<Adapted> {
  const { config, dir } = checkpoint;
  const adapters = await Promise.all(listAdapters(folder).map((found) => readAdapter(found.dir)));
  const task = taskOf(config, adapters[0]?.config.task_type, dir);
  const table = moduleTable(config, task, labelsOf(config, task, adapters));
  const entries = await readSavedEntries({ name: path.basename(folder), path: folder }, table);
  const siteAt = new Map(entries.flatMap((entry) => entry.sites.map((site) => [site.module.name, { entry, site }])));
  const trained = new Map(entries.flatMap(({ parameters }) => [...parameters]));
  return {
    table,
    changes({ name, m, n }) {
      const stored = checkpoint.info(`${name}.weight`)?.shape;
      return siteAt.has(name) || (trained.has(`${name}.weight`) && `${stored}` === `${[m, n]}`);
    },
    apply({ name }, base) {
      const found = siteAt.get(name);
      if (found) return applySite(found.entry, found.site, base);
      const merged = trained.get(`${name}.weight`)!.data;
      return { merged, update: difference(merged, base) };
    },
    close: () => {},
  };
}

/**
 * Where a method adds to W, its update is what it makes of a zero matrix: exact to float32. The difference merged − W is not: it keeps
 * W's rounding, which is of full rank and for small updates far above the update's own small singular values. Where a method does more
 * than add (so that W plus that update is not what it merges to), the difference is all there is.
 */
function applySite({ half }: SavedEntry, { module, settings, tensors }: SavedEntry['sites'][number], w: Float32Array) {
  const { name, m, n } = module;
  const site = { name, m, n, settings };
  const weight: HostTensor = { shape: [m, n], data: w };
  const state = half.restore(site, tensors, () => weight);
  const merged = half.merge(state.base ?? weight, state, site).data;
  if (state.base === undefined) {
    const alone = half.merge({ shape: [m, n], data: new Float32Array(m * n) }, state, site).data;
    if (isSum(merged, w, alone)) return { merged, update: alone };
  }
  return { merged, update: difference(merged, w) };
}

/** Whether merged = w + update, to a few roundings of either. */
function isSum(merged: Float32Array, w: Float32Array, update: Float32Array): boolean {
  for (let i = 0; i < merged.length; i++) {
    const scale = Math.abs(w[i]!) + Math.abs(update[i]!);
    if (!(Math.abs(w[i]! + update[i]! - merged[i]!) <= 4 * 2 ** -23 * scale)) return false;
  }
  return true;
}

/** Each difference rounded to float32 once. */
function difference(merged: Float32Array, base: Float32Array): Float32Array {
  const result = new Float32Array(base.length);
  for (let i = 0; i < result.length; i++) result[i] = merged[i]! - base[i]!;
  return result;
}
