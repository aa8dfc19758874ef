/** Makes what both sides read: a model folder in Hugging Face's layout, the adapters' starts, and the batch. Random, the same each time. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../server/architectures/families.ts';
import type { Module } from '../server/architectures/types.ts';
import { Random } from '../server/base/random.ts';
import { sizeOf } from '../server/base/tensor.ts';
import { type TensorSource, writeSafetensors } from '../server/checkpoint/safetensors/write.ts';
import { type Cell, isTarget, readJson } from './cell.ts';
import { factors } from './factors.ts';
import { matrixMethods } from './methods.ts';

/** `folder` holds cell.json; config.json, model.safetensors, <method>.safetensors and batch.json come beside it. */
export function write(folder: string): void {
  const cell = readJson<Cell>(folder, 'cell.json');
  const { modules, shape } = moduleTable(cell.config, cell.task);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(cell.config));
  writeSafetensors(
    path.join(folder, 'model.safetensors'),
    modules.filter(({ tiedTo }) => tiedTo === undefined).flatMap((module) => parameters(cell, module)),
  );
  for (const [id, settings] of Object.entries(cell.methods)) {
    const method = matrixMethods[id];
    if (method === undefined) continue;
    const sources = modules
      .filter(({ name }) => isTarget(cell, name))
      .flatMap(({ name, m, n }) => {
        const start = method.start(
          settings,
          { m, n, factors: () => factors(name, m, n) },
          Random.seeded(0, `${id}:${name}`),
        );
        return Object.entries(start).map(([key, { shape, data }]) => ({
          name: `${name}.${key}`,
          shape,
          data: () => data,
        }));
      });
    writeSafetensors(path.join(folder, `${id}.safetensors`), sources);
  }
  const random = Random.seeded(0, 'batch');
  const draw = (count: number, below: number) => Array.from({ length: count }, () => random.below(below));
  const tokens = cell.batch * cell.length;
  const input_ids = draw(tokens, shape.vocab);
  const labels = cell.task === 'causal-lm' ? draw(tokens, shape.vocab) : draw(cell.batch, 2);
  writeFileSync(path.join(folder, 'batch.json'), JSON.stringify({ input_ids, labels }));
}

function parameters(cell: Cell, module: Module): TensorSource[] {
  const { name, kind, m, n } = module;
  return Object.entries(module.parameters).map(([parameter, shape]) => ({
    name: `${name}.${parameter}`,
    shape,
    data() {
      if (isTarget(cell, name) && parameter === 'weight') return factors(name, m, n).W.data;
      const random = Random.seeded(0, `${name}.${parameter}`);
      const [mean, deviation] =
        parameter === 'weight' && kind === 'norm'
          ? [1, 0.1]
          : [0, kind === 'linear' && parameter === 'weight' ? n ** -0.5 : 0.02];
      return Float32Array.from({ length: sizeOf(shape) }, () => mean + random.normal() * deviation);
    },
  }));
}
