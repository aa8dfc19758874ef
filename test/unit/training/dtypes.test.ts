/** Training on a base that is held in fewer bytes. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeModelFolder } from '../../../server/checkpoint/model-write.ts';
import type { FloatDtype } from '../../../server/checkpoint/safetensors/dtypes.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { run as evaluateJob } from '../../../server/jobs/evaluate.ts';
import type { Dtype } from '../../../server/recipe/types.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { readTensors, recipeFor, referenceCases } from '../models/tiny.ts';
import { adapterBytes, jobContext, makeRun, temporary, tiny, train } from './runs.ts';
import { disturb } from './steps.ts';

const folder = temporary();
beforeAll(() => startEngine({ threads: 1 }));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model in another stored form. */
async function storedAs(source: string, dtype: FloatDtype): Promise<string> {
  const target = path.join(folder, `${path.basename(source)}-${dtype}`);
  const tensors = [...readTensors(path.join(source, 'model.safetensors'))];
  await writeModelFolder(target, {
    config: JSON.parse(readFileSync(path.join(source, 'config.json'), 'utf8')),
    tensors: tensors.map(([key, { shape, data }]) => ({ name: key, shape, data: () => data })),
    dtype,
  });
  return target;
}

const recipeAt = (name: string, model: { path?: string; dtype?: Dtype }, adapters = '[{ method: lora }]') => {
  const recipe = recipeFor(name, adapters);
  return { ...recipe, model: { ...recipe.model, ...model } };
};

async function logitsOf(name: string, model: Parameters<typeof recipeAt>[1]): Promise<Float32Array> {
  const trainable = await assembleRecipe(recipeAt(name, model));
  const logits = trainable.logits(referenceCases(name)[0]!.inputs).dataSync<'float32'>().slice();
  trainable.dispose();
  return logits;
}

test.each(['bfloat16', 'float16', 'int8', 'nf4'])('%s: a run learns, and resumes to the same bits', async (dtype) => {
  const changes = { model: { dtype }, training: { max_steps: 8 } };
  const whole = makeRun(folder, `${dtype}-whole`, changes);
  const events = await train(whole);
  const { base, adapted } = events.find((e) => e.event === 'finished')!.result;
  expect(adapted!.loss).toBeLessThan(base!.loss - 0.02);
  const broken = makeRun(folder, `${dtype}-broken`, changes);
  await train(broken, { cancelAt: 3 });
  await train(broken, { resume: true });
  expect(adapterBytes(broken).equals(adapterBytes(whole))).toBe(true);
  // The base is the quantized one when the result is evaluated, too.
  const data = path.join(folder, 'pattern.jsonl');
  const run = makeRun(folder, `${dtype}-own`, { ...changes, data: { validation: data } });
  const last = (await train(run)).findLast((e) => e.event === 'evaluation')!;
  expect((await evaluateJob({ run, data }, jobContext())).loss).toBeCloseTo(last.loss, 5);
});

test.each([
  ['bfloat16', 0.02],
  ['float16', 0.002],
  ['int8', 0.04],
  ['nf4', 0.5],
] as const)('%s moves the logits, and only so far', async (dtype, most) => {
  const [exact, held] = [await logitsOf('llama', {}), await logitsOf('llama', { dtype })];
  const largest = Math.max(...exact.map(Math.abs));
  const moved = Math.max(...exact.map((x, i) => Math.abs(x - held[i]!))) / largest;
  expect(moved).toBeGreaterThan(0);
  expect(moved).toBeLessThan(most);
});

test.each([
  ['BF16', 'bfloat16'],
  ['F16', 'float16'],
] as const)('a %s checkpoint: mapped, held, and widened to float32 give the same bits', async (stored, dtype) => {
  for (const name of ['llama', 'llama-tied', 'bert']) {
    const model = await storedAs(tiny(name), stored);
    const mapped = await logitsOf(name, { path: model, dtype });
    expect(await logitsOf(name, { path: model, dtype: 'float32' })).toEqual(mapped);
    expect(await logitsOf(name, { path: await storedAs(model, 'F32'), dtype })).toEqual(mapped);
  }
});

test('a quantized base is merged as it was trained on, in float32', async () => {
  const adapters = '[{ method: lora, rank: 2, target_modules: [q_proj] }]';
  const trainable = await assembleRecipe(recipeAt('llama', { dtype: 'nf4' }, adapters));
  disturb(trainable.trainable);
  const { inputs } = referenceCases('llama')[0]!;
  const before = trainable.logits(inputs).dataSync<'float32'>().slice();
  const merged = await assembleFolder(await trainable.saveModel(path.join(folder, 'merged')));
  const after = merged.logits(inputs).dataSync<'float32'>();
  expect(Math.max(...before.map((x, i) => Math.abs(x - after[i]!)))).toBeLessThan(5e-5);
  trainable.dispose();
  merged.dispose();
});

test('weights that do not fit config.json are an error before anything is mapped', async () => {
  const model = path.join(folder, 'misshapen');
  cpSync(tiny('llama'), model, { recursive: true });
  const config = path.join(model, 'config.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"intermediate_size": 128', '"intermediate_size": 96'));
  await expect(assembleRecipe(recipeAt('llama', { path: model }))).rejects.toMatchObject({
    code: 'shape-mismatch',
    message: expect.stringContaining('mlp'),
  });
});
