/** Exports as LoRA that are not exact: within a rank or an energy. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { largestDifference, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { batchOf } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-export-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
const factors = jacobiFactors([], path.join(scratch, 'home'));
let count = 0;

/** An SVFT whose change has the singular values 4, 2, 1 and nothing else. */
async function exported(bound: { rank?: number; energy?: number }) {
  const model = await assembleRecipe(recipeFor('llama', '[{ method: svft, target_modules: [v_proj] }]'), { factors });
  for (const { data } of model.trainable.values()) data.set([0, 2, 0, 4, 1]);
  const logits = model.logits(batchOf('llama', model)).dataSync().slice();
  const result = await model.exportLora(path.join(scratch, String(count++)), { ...bound, factors });
  const { r } = JSON.parse(readFileSync(path.join(result.path, 'adapter_config.json'), 'utf8')) as { r: number };
  const loaded = await assembleFolder(tiny('llama'), result.path, 'stored', { factors });
  const difference = largestDifference(loaded.logits(batchOf('llama', loaded)).dataSync(), logits);
  return { ...result, r, difference };
}

test.each([
  [{ rank: 2 }, 2, 20 / 21],
  [{ rank: 3 }, 3, 1],
  [{ energy: 0.7 }, 1, 16 / 21],
  [{ energy: 0.95 }, 2, 20 / 21],
  [{ energy: 0.99, rank: 1 }, 1, 16 / 21],
])('within %j', async (bound, rank, energy) => {
  const { exact, r, retainedEnergy, difference } = await exported(bound);
  expect(exact).toBe(false);
  expect(r).toBe(rank);
  expect(retainedEnergy).toBeCloseTo(energy, 5);
  if (energy === 1) expect(difference).toBeLessThan(5e-5);
  else expect(difference).toBeGreaterThan(1e-3);
});

test('a bound that the exact form meets changes nothing', async () => {
  expect(await exported({ rank: 64 })).toMatchObject({ exact: true, r: 32 });
});

test('a change of nothing is kept whole', async () => {
  const model = await assembleRecipe(recipeFor('llama', '[{ method: svf, target_modules: [v_proj] }]'), { factors });
  const result = await model.exportLora(path.join(scratch, 'nothing'), { energy: 0.9, factors });
  expect(result).toMatchObject({ exact: false, retainedEnergy: 1 });
});

test.each([
  ['llama', 'q_proj', true],
  ['roberta', 'query', false],
])('a method without an exact form comes near on %s, unless it changes biases', async (name, target, possible) => {
  const model = await assembleRecipe(recipeFor(name, `[{ method: ia3, target_modules: [${target}] }]`), { factors });
  for (const { data } of model.trainable.values()) for (const i of [3, 8]) data[i] = 1.5;
  const at = () => path.join(scratch, String(count++));
  await expect(model.exportLora(at())).rejects.toMatchObject({ code: 'no-plain-lora' });
  const near = model.exportLora(at(), { rank: 2, factors });
  if (!possible) return expect(near).rejects.toMatchObject({ code: 'no-plain-lora' });
  expect((await near).retainedEnergy).toBeCloseTo(1, 5);
  const loaded = await assembleFolder(tiny(name), (await near).path, 'stored', { factors });
  const logits = (of: typeof model) => of.logits(batchOf(name, of)).dataSync();
  expect(largestDifference(logits(loaded), logits(model).slice())).toBeLessThan(5e-5);
});
