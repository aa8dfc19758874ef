/** Faults and edge cases of putting a model together. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { writeSafetensors } from '../../../server/checkpoint/safetensors/write.ts';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { randomTensors } from '../../../server/training/feed.ts';
import { fixture, largestDifference, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { batchOf, disturb, runLoss } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-assemble-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

/** A copy of a safetensors file with its tensors changed. */
function rewrite(file: string, change: (tensors: Map<string, HostTensor>) => void): void {
  const tensors = readTensors(file);
  change(tensors);
  writeSafetensors(
    file,
    [...tensors].map(([name, { shape, data }]) => ({ name, shape, data: () => data })),
  );
}

/** RoBERTa as pre-trained: no classification head. */
function headless(): string {
  const folder = path.join(scratch, String(count++));
  cpSync(tiny('roberta'), folder, { recursive: true });
  rewrite(path.join(folder, 'model.safetensors'), (tensors) => {
    for (const name of tensors.keys()) if (name.startsWith('classifier.')) tensors.delete(name);
  });
  return folder;
}

function adapterCopy(change: { tensors?: (t: Map<string, HostTensor>) => void; config?: Record<string, unknown> }) {
  const folder = path.join(scratch, String(count++));
  cpSync(fixture('traces', 'llama', 'lora', 'adapter_after'), folder, { recursive: true });
  if (change.tensors) rewrite(path.join(folder, 'adapter_model.safetensors'), change.tensors);
  const file = path.join(folder, 'adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change.config }));
  return folder;
}

describe('a checkpoint without a classification head', () => {
  const recipeAt = (folder: string, more = '') => {
    const recipe = recipeFor('roberta', `[{ method: lora, target_modules: [query]${more} }]`);
    return { ...recipe, model: { ...recipe.model, path: folder, num_labels: 5 } };
  };

  it('or with one for other labels: the last layer is new, what fits of it is kept', async () => {
    const model = await assembleRecipe(recipeAt(tiny('roberta')));
    const message = expect.stringMatching(/classifier.out_proj.\w+ of the checkpoint is for 3 labels/);
    const warning = { code: 'new-parameters', message };
    expect(model.warnings).toEqual([warning, warning]);
    expect(model.trainable.get('classifier.out_proj.weight')!.shape).toEqual([5, 64]);
    const stored = readTensors(path.join(tiny('roberta'), 'model.safetensors')).get('classifier.dense.weight');
    expect(model.trainable.get('classifier.dense.weight')).toEqual(stored);
    const saved = await assembleFolder(
      tiny('roberta'),
      (await model.saveAdapters(path.join(scratch, 'labels')))[0]!.path,
    );
    expect(saved.numLabels).toBe(5);
  });

  it('gets a seeded one, trains it, and says so', async () => {
    const folder = headless();
    const [one, two] = [await assembleRecipe(recipeAt(folder)), await assembleRecipe(recipeAt(folder))];
    expect(one.numLabels).toBe(5);
    expect(one.warnings).toMatchObject([
      { code: 'new-parameters', message: expect.stringMatching(/dense.bias, .*out_proj.bias:/) },
    ]);
    const weight = one.trainable.get('classifier.out_proj.weight')!;
    expect(weight.shape).toEqual([5, 64]);
    expect(Math.hypot(...weight.data) / Math.sqrt(weight.data.length)).toBeCloseTo(0.02, 2);
    expect(two.trainable.get('classifier.out_proj.weight')).toEqual(weight);
    expect(one.groupOf('classifier.out_proj.weight')).toBe('head');
  });

  it('is refused when nothing would train the head', async () => {
    await expect(assembleRecipe(recipeAt(headless(), ', modules_to_save: []'))).rejects.toMatchObject({
      code: 'head-not-trained',
      field: 'classifier.dense.weight',
    });
  });

  it('runs with an adapter that brings a head along', async () => {
    const folder = headless();
    const trained = await assembleRecipe(recipeAt(folder));
    disturb(trained.trainable);
    const [saved] = await trained.saveAdapters(path.join(folder, 'out'));
    const again = await assembleFolder(folder, saved!.path);
    const inputs = batchOf('roberta', trained);
    expect(largestDifference(again.logits(inputs).dataSync(), trained.logits(inputs).dataSync())).toBe(0);
  });
});

describe('a saved adapter that does not fit is refused with the tensor', () => {
  const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight';
  it.each([
    ['lacking a half', { tensors: (t: Map<string, HostTensor>) => void t.delete(key) }, 'bad-adapter'],
    [
      'of another width',
      { tensors: (t: Map<string, HostTensor>) => void t.set(key, { shape: [4, 4], data: new Float32Array(16) }) },
      'bad-adapter',
    ],
    [
      'for another model',
      {
        tensors: (t: Map<string, HostTensor>) =>
          void t.set(key.replace('layers.0', 'layers.9'), { shape: [1], data: new Float32Array(1) }),
      },
      'bad-adapter',
    ],
    [
      'lacking a layer',
      {
        tensors: (t: Map<string, HostTensor>) => {
          for (const name of t.keys()) if (name.includes('layers.1.self_attn.v_proj')) t.delete(name);
        },
      },
      'bad-adapter',
    ],
    ['of another rank', { config: { r: 3 } }, 'bad-adapter'],
    ['without a rank', { config: { r: null } }, 'bad-adapter-config'],
    ['of an unknown method', { config: { peft_type: 'HRA' } }, 'unsupported-adapter'],
    [
      'of a kind of LoRA that computes something else',
      { config: { init_lora_weights: 'olora' } },
      'unsupported-adapter',
    ],
  ])('%s', async (_what, change, code) => {
    await expect(assembleFolder(tiny('llama'), adapterCopy(change))).rejects.toMatchObject({ code });
  });
});

it('one error says all that differs in a saved adapter, and names at most eight', async () => {
  const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight';
  const differing = adapterCopy({
    tensors(t) {
      t.delete(key);
      t.set(key.replace('lora_B', 'lora_A'), { shape: [4, 4], data: new Float32Array(16) });
      t.set(key.replace('layers.0', 'layers.9'), { shape: [1], data: new Float32Array(1) });
    },
  });
  const refusal = await assembleFolder(tiny('llama'), differing).catch((error: Error) => error.message);
  expect(refusal).toContain('does not fit in 3 tensors');
  for (const part of ['layers.9', 'q_proj.lora_A.weight: It is [4,4]', 'q_proj.lora_B.weight: It is missing'])
    expect(refusal).toContain(part);
  const key9 = (i: number) => key.replace('layers.0', `layers.${9 + i}`);
  const other = adapterCopy({
    config: { r: 3 },
    tensors: (t) => void [0, 1].map((i) => t.set(key9(i), { shape: [1], data: new Float32Array(1) })),
  });
  await expect(assembleFolder(tiny('llama'), other)).rejects.toThrow(
    /does not fit in 10 tensors:(\n.*){8}\n {2}and 2 more\.$/,
  );
});

it('fields of a later PEFT are warned about and written back, with what is trained on from the adapter, too', async () => {
  const newer = adapterCopy({ config: { from_the_future: { a: [1] } } });
  const model = await assembleRecipe(recipeFor('llama', `[{ path: ${newer} }]`));
  expect(model.warnings).toMatchObject([
    { code: 'unknown-adapter-field', message: expect.stringContaining('from_the_future') },
  ]);
  const [saved] = await model.saveAdapters(path.join(scratch, 'written-back'));
  const config = JSON.parse(readFileSync(path.join(saved!.path, 'adapter_config.json'), 'utf8'));
  expect(config).toMatchObject({ from_the_future: { a: [1] }, peft_type: 'LORA' });
});

it('refuses weights that are not those of config.json', async () => {
  const folder = path.join(scratch, 'mixed');
  cpSync(tiny('llama'), folder, { recursive: true });
  rewrite(path.join(folder, 'model.safetensors'), (tensors) => {
    tensors.set('model.norm.weight', { shape: [32], data: new Float32Array(32) });
  });
  await expect(assembleFolder(folder)).rejects.toMatchObject({ code: 'shape-mismatch', field: 'model.norm.weight' });
});

describe('dropout', () => {
  const recipe = recipeFor('llama', '[{ method: lora, rank: 4, target_modules: [q_proj], dropout: 0.5 }]');

  it('is a function of its random inputs, and absent without them', async () => {
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const inputs = batchOf('llama', model);
    const shapes = model.randomInputs({ rows: 3, length: 16 });
    expect([...shapes.values()]).toEqual([
      [48, 64],
      [48, 64],
    ]);
    const draws = (seed: number) => ({ ...inputs, ...randomTensors(shapes, Random.seeded(seed)) });
    const losses = [draws(1), draws(1), draws(2), inputs].map((x) => runLoss(model, x).loss);
    expect(losses[0]).toBe(losses[1]);
    expect(new Set(losses).size).toBe(3);
  });

  it('keeps what it does not drop, scaled', async () => {
    const model = await assembleRecipe(recipe);
    disturb(model.trainable);
    const inputs = batchOf('llama', model);
    const shapes = model.randomInputs({ rows: 3, length: 16 });
    const all = Object.fromEntries([...shapes].map(([name, shape]) => [name, tf.fill(shape, 0.99)]));
    const kept = runLoss(model, { ...inputs, ...all }).loss;
    for (const [name, { data }] of model.trainable)
      if (name.includes('lora_A')) for (let i = 0; i < data.length; i++) data[i]! *= 2;
    expect(runLoss(model, inputs).loss).toBeCloseTo(kept, 5);
  });
});

it('has random inputs of the sizes that each layer takes: a pooler reads one token a row', async () => {
  const model = await assembleRecipe(recipeFor('bert', '[{ method: lora, target_modules: all-linear, dropout: 0.5 }]'));
  const shapes = model.randomInputs({ rows: 3, length: 16 });
  expect(shapes.get('bert.pooler.dense.random.dropout')).toEqual([3, 64]);
  expect(shapes.get('bert.encoder.layer.0.output.dense.random.dropout')).toEqual([48, 128]);
  const inputs = { ...batchOf('bert', model), ...randomTensors(shapes, Random.seeded(1)) };
  expect(runLoss(model, inputs).loss).toBeGreaterThan(0);
});

it.each([
  ['llama', '{ method: lora, rank: 3, target_modules: [q_proj, down_proj] }', 1920, 108736],
  ['llama-tied', '{ method: lora, rank: 2, target_modules: [k_proj], modules_to_save: [embed_tokens] }', 16960, 144384],
  ['roberta', '{ method: lora, rank: 3, target_modules: [query, output.dense] }', 7043, 99142],
  ['roberta', '{ method: lora, target_modules: ".*key", rank: 3, modules_to_save: [] }', 768, 92867],
  ['llama', '{ method: full }', 106816, 106816],
])('counts parameters as PEFT does: %s, %s', async (name, entry, trainable, all) => {
  const model = await assembleRecipe(recipeFor(name, `[${entry}]`));
  expect([model.trainableParameters, model.allParameters]).toEqual([trainable, all]);
});

it('counts the labels that the loss counts', async () => {
  const llama = await assembleFolder(tiny('llama'));
  const labels = Int32Array.of(7, 8, 9, -100, 4, 4);
  expect(llama.countLabels(labels, { rows: 2, length: 3 })).toBe(4);
  const roberta = await assembleFolder(tiny('roberta'));
  expect(roberta.countLabels(Int32Array.of(1, -100, 0), { rows: 3, length: 9 })).toBe(2);
});

it('sums the micro-batches of a step to the mean of the whole batch', async () => {
  const model = await assembleRecipe(recipeFor('llama', '[{ method: lora, rank: 4, target_modules: [q_proj] }]'));
  disturb(model.trainable);
  const whole = batchOf('llama', model);
  const { loss, gradients } = runLoss(model, whole);
  const sums = new Map([...gradients].map(([name, { length }]) => [name, new Float32Array(length)]));
  let total = 0;
  for (const row of [0, 1, 2]) {
    const part = ({ shape: [, length] }: tf.Tensor, of: tf.Tensor) => tf.slice(of, [row, 0], [1, length!]);
    const ids = whole.input_ids;
    const micro = runLoss(model, {
      input_ids: part(ids, ids),
      attention_mask: part(ids, whole.attention_mask),
      labels: part(ids, whole.labels!),
      loss_scale: whole.loss_scale!,
    });
    total += micro.loss;
    for (const [name, sum] of sums) for (let i = 0; i < sum.length; i++) sum[i]! += micro.gradients.get(name)![i]!;
  }
  expect(total).toBeCloseTo(loss, 5);
  for (const [name, g] of gradients) expect(largestDifference(sums.get(name)!, g)).toBeLessThan(1e-6);
});

it('orders the groups that learning rates go by', async () => {
  const model = await assembleRecipe(recipeFor('roberta', '[{ method: lora, rank: 4, target_modules: [query] }]'));
  const groups = [...model.trainable.keys()].map((name) => [name.split('.').slice(-2).join('.'), model.groupOf(name)]);
  expect(new Map(groups as [string, string][])).toEqual(
    new Map([
      ['lora_A.weight', 'adapter'],
      ['lora_B.weight', 'adapter-B'],
      ['dense.weight', 'head'],
      ['dense.bias', 'head'],
      ['out_proj.weight', 'head'],
      ['out_proj.bias', 'head'],
    ]),
  );
});
