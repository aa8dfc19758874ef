import { statSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../architectures/families.ts';
import type { ModuleTable } from '../architectures/types.ts';
import { errorData } from '../base/errors.ts';
import { sizeOf } from '../base/tensor.ts';
import { type PlanSource, planOf } from '../budget/adapter-plan.ts';
import { matchEntry } from '../budget/entry.ts';
import { savedSettings } from '../budget/saved.ts';
import { factorDigests } from '../checkpoint/factor-files.ts';
import { readConfig, resolveModel } from '../checkpoint/model-folder.ts';
import { adapterHeader, listAdapters, peftPrefix, readAdapterConfig } from '../checkpoint/peft.ts';
import { entryOf } from '../checkpoint/saved-adapter.ts';
import { commonBase } from '../checkpoint/saved-base.ts';
import { labelsOf, taskOf } from '../checkpoint/saved-task.ts';
import { methodOf } from '../methods/registry.ts';
import type { AdapterTask, WeightedAdapter } from '../protocol/adapters.ts';
import type { Job } from './types.ts';

/** What each task would make; a task that is not possible has its error in the place of a plan. */
export const run: Job<'plan'> = async ({ tasks }) => ({
  plans: tasks.map((task) => {
    try {
      return { plan: planned(task) };
    } catch (error) {
      return { error: errorData(error) };
    }
  }),
});

function planned(task: AdapterTask) {
  const given: (Partial<WeightedAdapter> & { adapter: string })[] = task.kind === 'compose' ? task.sources : [task];
  const folders = given.map(({ adapter }) => adapter);
  const dir = resolveModel(commonBase(folders, task.model), { cwd: process.cwd() });
  const config = readConfig(dir);
  const headers = folders
    .flatMap((folder) => listAdapters(folder))
    .map((found) => ({ tensors: adapterHeader(found.dir) }));
  const [first] = listAdapters(folders[0]!);
  const head = taskOf(config, readAdapterConfig(first!.dir).task_type, dir);
  const table = moduleTable(config, head, labelsOf(moduleTable(config, head), headers));
  const sources = given.map(({ adapter, weight }) => sourceOf(adapter, table, weight));
  return planOf(task, sources, table);
}

function sourceOf(folder: string, table: ModuleTable, weight: number | undefined): PlanSource {
  const adapters = listAdapters(folder).map(({ dir }) => {
    const entry = { ...entryOf(readAdapterConfig(dir), dir), name: dir };
    const method = methodOf(entry.method)!;
    const header = adapterHeader(dir);
    const copied = table.modules.filter(({ name }) => header.has(`${peftPrefix}${name}.weight`));
    const { modules } = matchEntry(entry, 0, method, table, new Set(copied));
    const settings = savedSettings(
      entry,
      modules.map(({ name }) => name),
    );
    const heads = copied.flatMap(({ name, parameters }) => Object.keys(parameters).map((part) => `${name}.${part}`));
    return {
      name: dir,
      method,
      matrices: modules.map(({ name, m, n }) => ({ name, m, n, settings: settings(name) })),
      factors: factorDigests(dir),
      bytes: statSync(path.join(dir, 'adapter_model.safetensors')).size,
      headBytes: heads.reduce((sum, name) => sum + 4 * sizeOf(header.get(`${peftPrefix}${name}`)?.shape ?? [0]), 0),
    };
  });
  return { path: folder, adapters, ...(weight !== undefined && { weight }) };
}
