import path from 'node:path';
import type { Tensor } from '@tensorflow/tfjs-core';
import { moduleTable } from '../server/architectures/families.ts';
import type { Module } from '../server/architectures/types.ts';
import type { HostTensor } from '../server/base/tensor.ts';
import { heldAs } from '../server/budget/held.ts';
import { openSafetensors, type SafetensorsFile } from '../server/checkpoint/safetensors/read.ts';
import { fromHost, frozenTensor, holdWeight, mapWeight } from '../server/engine/index.ts';
import { modelFamily } from '../server/models/registry.ts';
import type { Dtype } from '../server/recipe/types.ts';
import { type Assembly, type Site, tensorName } from '../server/training/assemble-types.ts';
import { type Cell, isTarget, readJson } from './cell.ts';
import { matrixMethods, settingsOf } from './methods.ts';

type Parts = Pick<Assembly, 'task' | 'config' | 'table' | 'family' | 'modules' | 'sites' | 'trainable' | 'frozen'>;

/** The model of a folder with one method on it, as training takes one apart: each weight read once, held once. */
export function assemble(folder: string, method: string, checkpointing: boolean, dtype: Dtype): Assembly {
  const cell = readJson<Cell>(folder, 'cell.json');
  const table = moduleTable(cell.config, cell.task);
  const parts: Parts = {
    task: cell.task,
    config: cell.config,
    table,
    family: modelFamily(table.family, cell.task),
    modules: new Map(table.modules.map((module) => [module.name, module])),
    sites: new Map(),
    trainable: new Map(),
    frozen: new Map(),
  };
  const weights = openSafetensors(path.join(folder, 'model.safetensors'));
  try {
    const rest = matrixMethods[method] ? addSites(parts, cell, method, folder) : new Set<string>();
    addWeights(parts, method, weights, rest, dtype);
  } finally {
    weights.close();
  }
  return {
    ...parts,
    entries: [],
    groups: new Map(),
    copies: new Set(),
    inPlace: new Map(),
    checkpointing,
    labelSmoothing: 0,
    original: () => {
      throw new Error('a cell has no checkpoint');
    },
    base: () => Promise.reject(new Error('a cell saves nothing')),
    warnings: [],
  };
}

/** Returns the weights that the method takes the place of. */
function addSites(parts: Parts, cell: Cell, id: string, folder: string): Set<string> {
  const { half, frozen: frozenNames, replaces } = matrixMethods[id]!;
  const settings = settingsOf(cell.methods[id]!);
  const sites = parts.sites as Map<string, Site>;
  const file = openSafetensors(path.join(folder, `${id}.safetensors`));
  const replaced = new Set<string>();
  for (const { name, m, n } of parts.table.modules) {
    if (!isTarget(cell, name)) continue;
    const site = { name, m, n, settings, half, tied: {} } as Site;
    const trainable: Record<string, HostTensor> = {};
    const frozen: Record<string, Tensor> = {};
    for (const key of Object.values(half.peftKeys)) {
      const host = file.read(`${name}.${key}`);
      if (frozenNames.includes(key)) frozen[key] = fromHost(host);
      else {
        trainable[key] = host;
        parts.trainable.set(tensorName(site, key), host);
      }
    }
    sites.set(name, { ...site, state: { trainable, frozen: {} }, frozen });
    if (replaces) replaced.add(`${name}.weight`);
  }
  file.close();
  return replaced;
}

/** The head is trained with every method, all else with `full` alone. */
function addWeights(
  parts: Parts,
  method: string,
  weights: SafetensorsFile,
  without: ReadonlySet<string>,
  dtype: Dtype,
): void {
  const frozen = parts.frozen as Map<string, Tensor>;
  for (const entry of parts.table.modules) {
    const { name: module, role, tiedTo, parameters } = entry;
    if (tiedTo !== undefined) continue;
    for (const parameter of Object.keys(parameters)) {
      const name = `${module}.${parameter}`;
      if (without.has(name)) continue;
      if (method === 'full' || role === 'task-head') parts.trainable.set(name, weights.read(name));
      else frozen.set(name, frozenWeight(weights, name, entry, dtype));
    }
  }
}

/** As training holds one: mapped where the file has the held form, vectors as plain tensors. */
function frozenWeight(weights: SafetensorsFile, name: string, module: Module, dtype: Dtype): Tensor {
  const { shape } = weights.tensors.get(name)!;
  const held = heldAs(dtype, module, shape);
  if (shape.length < 2) return fromHost(weights.read(name));
  if (held === 'float32') return frozenTensor(mapWeight(held, weights.range(name), shape));
  return frozenTensor(holdWeight(held, { shape, read: (start, into) => weights.readInto(name, start, into) }));
}
