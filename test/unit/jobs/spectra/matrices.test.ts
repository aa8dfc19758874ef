/** Which matrices of a model folder have a spectrum, whatever the model. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../../../server/checkpoint/model-folder.ts';
import { writeSafetensors } from '../../../../server/checkpoint/safetensors/write.ts';
import { anyTable, matricesOf, readMatrix } from '../../../../server/jobs/spectra/matrices.ts';
import { temporaryFolder } from '../../checkpoint/safetensors/files.ts';

const { small } = JSON.parse(readFileSync('test/fixtures/module-tables.json', 'utf8')) as {
  small: Record<string, { config: object; stored: Record<string, number[]> }>;
};

async function open(name: string, change: object = {}) {
  const { config, stored } = small[name]!;
  const dir = path.join(temporaryFolder(), 'model');
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'config.json'), JSON.stringify({ ...config, ...change }));
  const values = (shape: number[]) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
  const tensors = Object.entries(stored).map(([tensor, shape]) => ({ name: tensor, shape, data: () => values(shape) }));
  writeSafetensors(path.join(dir, 'model.safetensors'), tensors);
  return openCheckpoint(dir);
}

test('Conv1D weights are turned to m×n', async () => {
  const checkpoint = await open('gpt2');
  const found = matricesOf(checkpoint, anyTable(checkpoint));
  const { module, matrix } = found.find(({ matrix }) => matrix.name.endsWith('h.1.mlp.c_fc'))!;
  expect(matrix).toMatchObject({ shape: [96, 24], layer: 1, kind: 'transformer.h.*.mlp.c_fc' });
  const { rows, columns, data } = readMatrix(checkpoint, module);
  expect([rows, columns, data[1], data[24]]).toEqual([96, 24, 96, 1]);
  checkpoint.close();
});

test('a model of an unknown type has those of its headers', async () => {
  const known = await open('qwen3');
  const unknown = await open('qwen3', { model_type: 'nova9' });
  const names = (checkpoint: typeof known) =>
    matricesOf(checkpoint, anyTable(checkpoint)).map(({ matrix }) => matrix.name);
  expect(names(unknown).sort()).toEqual(names(known).sort());
  expect(names(unknown)).toHaveLength(15);
  for (const checkpoint of [known, unknown]) checkpoint.close();
});
