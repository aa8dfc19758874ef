/** Methods that start from W start from W as the base holds it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import type { Dtype } from '../../../server/recipe/types.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobi, jacobiFactors } from './factors.ts';
import { batchOf } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-held-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const name = 'model.layers.1.self_attn.q_proj';
const assembled = (entry: string, dtype: Dtype) => {
  const recipe = recipeFor('llama', `[${entry}]`);
  const factors = jacobiFactors([], path.join(scratch, 'home'));
  return assembleRecipe({ ...recipe, model: { ...recipe.model, dtype } }, { factors });
};
const logitsOf = async (entry: string, dtype: Dtype) => {
  const model = await assembled(entry, dtype);
  return model.logits(batchOf('llama', model)).dataSync().slice();
};

test.each(['bfloat16', 'float16', 'int8', 'nf4'] as const)(
  '%s: the factors of LoRA-XS are those of the decoded weights',
  async (dtype) => {
    const model = await assembled('{ method: lora-xs, rank: 3, init_std: 0, target_modules: [q_proj] }', dtype);
    const [adapter] = await model.saveAdapters(path.join(scratch, dtype));
    const file = readTensors(path.join(adapter!.path, 'adapter_model.safetensors'));
    // R is zero: the merged weight is the one that the base holds.
    const merged = readTensors(
      path.join(await model.saveModel(path.join(scratch, `${dtype}-model`)), 'model.safetensors'),
    );
    const w = merged.get(`${name}.weight`)!;
    const stored = readTensors(path.join(tiny('llama'), 'model.safetensors')).get(`${name}.weight`)!;
    expect(largestDifference(w.data, stored.data)).toBeGreaterThan(0);
    const [rows, columns] = w.shape as [number, number];
    const { u, s, vt } = jacobi({ rows, columns, data: w.data });
    const key = (part: string) => file.get(`base_model.model.${name}.${part}.weight`)!.data;
    expect(key('lora_A')).toEqual(
      Float32Array.from({ length: 3 * columns }, (_, i) => s[Math.floor(i / columns)]! * vt.data[i]!),
    );
    expect(key('lora_B')).toEqual(
      Float32Array.from({ length: rows * 3 }, (_, i) => u.data[Math.floor(i / 3) * u.columns + (i % 3)]!),
    );
  },
);

test.each([
  ['svf', 'nf4'],
  ['svft', 'int8'],
  ['pissa', 'bfloat16'],
  ['milora', 'float16'],
  ['dora', 'nf4'],
] as const)('%s on %s starts at the base that it runs on', async (method, dtype) => {
  const targets = 'target_modules: [q_proj, down_proj]';
  const base = await logitsOf(`{ method: lora, ${targets} }`, dtype);
  expect(largestDifference(await logitsOf(`{ method: ${method}, ${targets} }`, dtype), base)).toBeLessThan(2e-5);
  expect(largestDifference(await logitsOf(`{ method: lora, ${targets} }`, 'float32'), base)).toBeGreaterThan(1e-4);
});
