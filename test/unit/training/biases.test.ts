/** Biases that are trained beside LoRA's matrices, and what PEFT's files have of them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NamedTensors } from '../../../server/base/tensor.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { batchOf, disturb } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-biases-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

async function saved(name: string, entries: string) {
  const model = await assembleRecipe(recipeFor('roberta', entries));
  disturb(model.trainable);
  const logits = model.logits(batchOf('roberta', model)).dataSync().slice();
  const folders = await model.saveAdapters(path.join(scratch, name));
  return { logits, folders: folders.map((folder) => folder.path) };
}
const weights = (adapter: string) => path.join(adapter, 'adapter_model.safetensors');
const biases = (adapter: string) =>
  [...readTensors(weights(adapter)).keys()]
    .filter((key) => key.endsWith('.bias') && !key.includes('classifier'))
    .map((key) => key.replace('base_model.model.roberta.', ''));

/** The adapter with its tensors as `change` leaves them. */
function rewritten(adapter: string, name: string, change: (tensors: NamedTensors) => void): string {
  const dir = path.join(scratch, name);
  cpSync(adapter, dir, { recursive: true });
  const tensors = readTensors(weights(adapter));
  change(tensors);
  writeSafetensors(
    weights(dir),
    [...tensors].map(([key, { shape, data }]) => ({ name: key, shape, data: () => data })),
  );
  return dir;
}
const logitsWith = async (adapter: string) => {
  const model = await assembleFolder(tiny('roberta'), adapter);
  return model.logits(batchOf('roberta', model)).dataSync();
};

test('lora_only: those of the adapted layers, which PEFT has below `base_layer`', async () => {
  const { folders } = await saved('only', '[{ method: lora, rank: 2, bias: lora_only, target_modules: [query] }]');
  expect(biases(folders[0]!)).toEqual([0, 1].map((i) => `encoder.layer.${i}.attention.self.query.base_layer.bias`));
});

test('all: as PEFT writes it, with biases of the head that it replaced and of its copy once more', async () => {
  const { logits, folders } = await saved('all', '[{ method: lora, rank: 2, bias: all, target_modules: [query] }]');
  expect(biases(folders[0]!)).toContain('embeddings.LayerNorm.bias');
  // 4 other matrices and 2 norms a layer, the adapted one, and the norm of the embeddings.
  expect(biases(folders[0]!)).toHaveLength(2 * (5 + 2 + 1) + 1);
  const peft = rewritten(folders[0]!, 'all-peft', (tensors) => {
    for (const [key, tensor] of [...tensors])
      if (/classifier.*\.bias$/.test(key)) {
        tensors.set(key.replace('classifier.', 'classifier.modules_to_save.default.'), tensor);
        tensors.set(key.replace('classifier.', 'classifier.original_module.'), {
          ...tensor,
          data: tensor.data.map(() => 7),
        });
      }
  });
  expect(largestDifference(await logitsWith(peft), logits)).toBe(0);
});

test('several entries that train one bias have it in both folders, and go on together', async () => {
  const entries =
    '[{ name: one, method: lora, rank: 2, bias: all, target_modules: [query] }, { name: two, method: lora, rank: 2, bias: all, target_modules: [value] }]';
  const { logits, folders } = await saved('both', entries);
  expect(biases(folders[1]!)).toHaveLength(biases(folders[0]!).length);
  expect(largestDifference(await logitsWith(path.dirname(folders[0]!)), logits)).toBe(0);
});

test('a bias that the file lacks is missed, and a method that cannot train biases is not read with them', async () => {
  const { folders } = await saved('whole', '[{ method: lora, rank: 2, bias: lora_only, target_modules: [query] }]');
  const key = 'base_model.model.roberta.encoder.layer.1.attention.self.query.base_layer.bias';
  const lacking = rewritten(folders[0]!, 'lacking', (tensors) => tensors.delete(key));
  await expect(logitsWith(lacking)).rejects.toMatchObject({
    code: 'bad-adapter',
    field: 'roberta.encoder.layer.1.attention.self.query.bias',
  });
  const config = path.join(lacking, 'adapter_config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"LORA"', '"ADALORA"'));
  await expect(logitsWith(lacking)).rejects.toMatchObject({ code: 'unsupported-adapter-field', field: 'bias' });
});

test('exported as LoRA, exact or at a lower rank, the biases stay', async () => {
  const model = await assembleRecipe(
    recipeFor('roberta', '[{ method: lora, rank: 4, bias: lora_only, target_modules: [query] }]'),
  );
  disturb(model.trainable);
  const { path: plain } = await model.exportLora(path.join(scratch, 'exported'));
  const trained = model.logits(batchOf('roberta', model)).dataSync();
  expect(largestDifference(await logitsWith(plain), trained)).toBe(0);
  const near = await model.exportLora(path.join(scratch, 'near'), { rank: 2, factors: jacobiFactors() });
  expect(near.exact).toBe(false);
  const [own, kept] = [plain, near.path].map((folder) => readTensors(weights(folder)));
  expect(biases(near.path)).toEqual(biases(plain));
  for (const key of biases(plain).map((name) => `base_model.model.roberta.${name}`))
    expect(kept!.get(key)).toEqual(own!.get(key));
  expect(largestDifference(await logitsWith(near.path), trained)).toBeGreaterThan(0);
});
