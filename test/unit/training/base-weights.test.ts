/** Adapters know the weights that they were trained on: recorded when saved, compared when put on a base, hashed once. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { digestsOf } from '../../../server/checkpoint/base-weights.ts';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { trialStep } from '../../../server/jobs/trial-step.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { disturb } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-base-'));
beforeAll(() => startEngine());
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

async function saved(entries = '[{ method: lora, rank: 2, target_modules: [q_proj] }]', home?: string) {
  const model = await assembleRecipe(recipeFor('llama', entries), { factors: jacobiFactors([], home) });
  disturb(model.trainable);
  return (await model.saveAdapters(path.join(scratch, String(count++))))[0]!.path;
}

/** The tiny model with the last bytes of a tensor turned. */
async function changedAt(tensor: string): Promise<string> {
  const folder = path.join(scratch, String(count++));
  cpSync(tiny('llama'), folder, { recursive: true });
  const checkpoint = await openCheckpoint(folder);
  const { offset, length } = checkpoint.range(tensor);
  checkpoint.close();
  const file = path.join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  bytes[offset + length - 4]! ^= 1;
  writeFileSync(file, bytes);
  return folder;
}

async function digest(folder: string): Promise<string> {
  const checkpoint = await openCheckpoint(folder);
  try {
    return (await digestsOf(checkpoint.weights())).sha256;
  } finally {
    checkpoint.close();
  }
}

test.each([
  ['a matrix that it adapts', 'model.layers.1.self_attn.q_proj.weight', /1 of the 2 .*layers\.1\.self_attn\.q_proj/],
  ['another weight', 'model.norm.weight', /are the same; other weights differ/],
])('on a base with another value in %s an adapter is refused with both digests', async (_what, tensor, says) => {
  const adapter = await saved();
  const other = await changedAt(tensor);
  const refused = assembleFolder(other, adapter);
  await expect(refused).rejects.toMatchObject({ code: 'wrong-base', message: expect.stringMatching(says) });
  for (const folder of [tiny('llama'), other])
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining(await digest(folder)) });
  rmSync(path.join(adapter, 'rankwise.json'));
  await expect(assembleFolder(other, adapter)).resolves.toBeDefined();
});

test('a copy of the base is the same base, and a method that is more here says both', async () => {
  const entries = '[{ method: pissa, rank: 2, target_modules: [v_proj] }]';
  const adapter = await saved(entries);
  const own = JSON.parse(readFileSync(path.join(adapter, 'rankwise.json'), 'utf8'));
  expect(own).toMatchObject({ peft_type: 'PISSA', base_weights: { sha256: await digest(tiny('llama')) } });
  const copy = path.join(scratch, String(count++));
  cpSync(tiny('llama'), copy, { recursive: true });
  await expect(assembleFolder(copy, adapter)).resolves.toBeDefined();
});

test('a base is hashed once, and again when its file was written anew', async () => {
  const home = path.join(scratch, 'home');
  const folder = await changedAt('model.norm.weight');
  const look = async () => {
    const checkpoint = await openCheckpoint(folder);
    const { sha256 } = await digestsOf(checkpoint.weights(), home);
    checkpoint.close();
    return sha256;
  };
  const first = await look();
  const [kept] = readdirSync(path.join(home, 'weight-digests')).map((name) => path.join(home, 'weight-digests', name));
  writeFileSync(kept!, readFileSync(kept!, 'utf8').replace(first, 'known'));
  expect(await look()).toBe('known');
  cpSync(path.join(tiny('llama'), 'model.safetensors'), path.join(folder, 'model.safetensors'));
  expect(await look()).toBe(await digest(tiny('llama')));
});

test('where digests cannot be kept they are made all the same', async () => {
  const file = path.join(scratch, 'no-folder');
  writeFileSync(file, '');
  const checkpoint = await openCheckpoint(tiny('llama'));
  expect((await digestsOf(checkpoint.weights(), file)).sha256).toBe(await digest(tiny('llama')));
  checkpoint.close();
});

test('a checkpoint is not gone on from with another base', async () => {
  const adapter = await saved();
  const recipe = recipeFor('llama', '[{ method: lora, rank: 2, target_modules: [q_proj] }]');
  const model = { ...recipe.model, path: await changedAt('model.norm.weight') };
  const resumed = assembleRecipe({ ...recipe, model }, { resumed: adapter });
  await expect(resumed).rejects.toMatchObject({ code: 'wrong-base' });
});

test('steps that are only measured leave the digests to the run that follows', async () => {
  const home = path.join(scratch, 'trial-home');
  vi.stubEnv('RANKWISE_HOME', home);
  const trial = await trialStep(recipeFor('llama', `[{ path: ${await saved()} }]`), { rows: 1, length: 4 });
  expect(await trial.step()).toBeGreaterThan(0);
  trial.dispose();
  expect(readdirSync(path.join(home, 'weight-digests'))).toHaveLength(1);
});
