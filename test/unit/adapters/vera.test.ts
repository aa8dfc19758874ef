/** What VeRA has of its own: projections that all sites share, and that follow from a seed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vera } from '../../../server/adapters/vera.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { readTensors, recipeFor, tiny } from '../models/tiny.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-vera-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const site = (m: number, n: number, projection_seed = 7) => ({
  name: `${m}x${n}`,
  m,
  n,
  settings: { rank: 3, alpha: 3, options: { d_initial: 0.1, projection_seed, save_projection: true } },
});

test('one pair of projections as large as the largest sides, the same object for sites of one shape', () => {
  const sites = [site(8, 4), site(4, 16), site(8, 4)];
  const shared = vera.shared!.init(sites, 0);
  expect([shared.A!.shape, shared.B!.shape]).toEqual([
    [3, 16],
    [8, 3],
  ]);
  const states = sites.map((one) => vera.init(one, undefined!, undefined!, undefined, shared));
  expect(states[0]!.frozen.A).toBe(states[2]!.frozen.A);
  expect(states[0]!.frozen.A!.data).toEqual(
    Float32Array.from({ length: 12 }, (_, i) => shared.A!.data[Math.floor(i / 4) * 16 + (i % 4)]!),
  );
  expect(states[1]!.frozen.B!.data).toEqual(shared.B!.data.subarray(0, 12));
});

test('a seed stands for its projections for good: adapters without them are drawn again', () => {
  const drawn = (seed: number) => [...vera.shared!.init([site(4, 4, seed)], 0).A!.data.slice(0, 3)];
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(8)).not.toEqual(drawn(7));
  expect(drawn(7).map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
    [
      "0.620022",
      "0.640476",
      "1.191001",
    ]
  `);
});

const saved = async (more: string): Promise<string> => {
  const entry = `[{ method: vera, rank: 4, target_modules: [q_proj, v_proj]${more} }]`;
  const folder = path.join(scratch, `saved${more.length}`);
  const [adapter] = await (await assembleRecipe(recipeFor('llama', entry))).saveAdapters(folder);
  return adapter!.path;
};
const config = (adapter: string) => JSON.parse(readFileSync(path.join(adapter, 'adapter_config.json'), 'utf8'));

test('the projections stand once in the file; without them the type is one that PEFT refuses', async () => {
  const [whole, seeded] = [await saved(''), await saved(', save_projection: false')];
  const keys = (adapter: string) =>
    [...readTensors(path.join(adapter, 'adapter_model.safetensors')).keys()].filter((key) => /vera_[AB]/.test(key));
  expect(keys(whole)).toEqual(['base_model.vera_A', 'base_model.vera_B']);
  expect(keys(seeded)).toEqual([]);
  expect([config(whole).peft_type, config(seeded).peft_type]).toEqual(['VERA', 'VERA_SEEDED']);
  expect(config(whole)).not.toHaveProperty('exclude_modules');
});

test('an adapter that PEFT wrote without projections is refused', async () => {
  const adapter = await saved(', save_projection: false,');
  writeFileSync(path.join(adapter, 'adapter_config.json'), JSON.stringify({ ...config(adapter), peft_type: 'VERA' }));
  await expect(assembleFolder(tiny('llama'), adapter)).rejects.toMatchObject({ code: 'bad-adapter', field: 'vera_A' });
});
