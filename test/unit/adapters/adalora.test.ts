/** What AdaLoRA has of its own: adapters that have lost triplets, some of them all of a matrix. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { batchOf } from '../training/steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-adalora-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const theirs = fixture('traces/llama/adalora_noreg/adapter_after');
const config = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8'));

test("a pruned adapter of PEFT's is saved again as it was, and loses nothing more", async () => {
  const model = await assembleRecipe(recipeFor('llama', `[{ path: ${theirs} }]`));
  const [saved] = await model.saveAdapters(scratch);
  const shapes = (folder: string) =>
    [...readTensors(path.join(folder, 'adapter_model.safetensors'))]
      .map(([key, { shape }]) => `${key} ${shape}`)
      .sort();
  expect(shapes(saved!.path)).toEqual(shapes(theirs));
  expect(shapes(theirs)).toContain('base_model.model.model.layers.1.self_attn.q_proj.lora_E 0,1');
  for (const field of ['rank_pattern', 'init_r', 'target_r', 'total_step', 'lora_alpha'])
    expect(config(saved!.path)[field], field).toEqual(config(theirs)[field]);
  const inputs = batchOf('llama', model);
  const logits = model.logits(inputs).dataSync().slice();
  const again = await assembleFolder(tiny('llama'), saved!.path);
  expect(largestDifference(again.logits(inputs).dataSync(), logits)).toBe(0);
  const plain = await assembleFolder(tiny('llama'), (await model.exportLora(path.join(scratch, 'lora'))).path);
  expect(largestDifference(plain.logits(inputs).dataSync(), logits)).toBeLessThan(5e-5);
  expect(() => model.schedule?.check(1)).not.toThrow();
  const before = [...model.trainable.values()].map(({ data }) => data.slice());
  model.schedule!.after(10, 20, new Map(), 1);
  expect([...model.trainable.values()].map(({ data }) => data)).toEqual(before);
});

test('a run too short for its schedule is refused', async () => {
  const model = await assembleRecipe(recipeFor('llama', '[{ method: adalora, tinit: 5, tfinal: 5 }]'));
  expect(() => model.schedule!.check(10)).toThrowError(expect.objectContaining({ code: 'no-budget-phase' }));
  expect(() => model.schedule!.check(11)).not.toThrow();
});
