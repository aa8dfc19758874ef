/** The adapter folders and models that are written: what Hugging Face PEFT and transformers find in them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { fixture, readTensors, recipeFor, tiny } from '../models/tiny.ts';
import { disturb } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-save-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));

const json = (...parts: string[]): Record<string, unknown> => JSON.parse(readFileSync(path.join(...parts), 'utf8'));
let count = 0;

async function save(model: string, entries: string) {
  const folder = path.join(scratch, String(count++));
  const trained = await assembleRecipe(recipeFor(model, entries));
  disturb(trained.trainable);
  const [saved] = await trained.saveAdapters(folder);
  return { trained, folder, config: json(saved!.path, 'adapter_config.json'), path: saved!.path };
}

describe('adapter_config.json', () => {
  it('says what PEFT says of the same adapter', async () => {
    const { config } = await save('llama', '[{ method: lora, rank: 4, alpha: 8, target_modules: [q_proj, v_proj] }]');
    const theirs = json(fixture('traces', 'llama', 'lora', 'adapter_after', 'adapter_config.json'));
    for (const [field, value] of Object.entries(config)) {
      if (['base_model_name_or_path', 'auto_mapping', 'task_type'].includes(field)) continue;
      expect(value, field).toEqual(theirs[field]);
    }
    expect(config.base_model_name_or_path).toBe(tiny('llama'));
    expect(config.task_type).toBe('CAUSAL_LM');
  });

  it.each([
    ['lora', 'method: lora'],
    ['vera', 'method: vera, rank: 8'],
    ['ia3', 'method: ia3'],
  ])('says of %s on Conv1D modules what PEFT says: fan_in_fan_out', async (trace, method) => {
    const { config } = await save('gpt2', `[{ ${method}, target_modules: [c_attn, c_fc, mlp.c_proj] }]`);
    const theirs = json(fixture('traces', 'gpt2', trace, 'adapter_after', 'adapter_config.json'));
    expect([config.fan_in_fan_out, theirs.fan_in_fan_out]).toEqual([true, true]);
  });

  it('holds differing ranks and alphas as patterns of full names', async () => {
    const patterns = 'rank_pattern: { "layers.0.self_attn.q_proj": 5 }, alpha_pattern: { down_proj: 1 }';
    const { config } = await save(
      'llama',
      `[{ method: lora, rank: 3, alpha: 6, target_modules: [q_proj, k_proj, down_proj], ${patterns} }]`,
    );
    expect(config).toMatchObject({
      r: 3,
      lora_alpha: 6,
      rank_pattern: { 'model.layers.0.self_attn.q_proj': 5 },
      alpha_pattern: { 'model.layers.0.mlp.down_proj': 1, 'model.layers.1.mlp.down_proj': 1 },
    });
  });

  it('names targets in full where their last parts mean more modules', async () => {
    const { config } = await save('roberta', '[{ method: lora, rank: 2, target_modules: [intermediate.dense] }]');
    expect(config.target_modules).toEqual([
      'roberta.encoder.layer.0.intermediate.dense',
      'roberta.encoder.layer.1.intermediate.dense',
    ]);
  });

  it('has no task type without a trained head, because PEFT would look for the head', async () => {
    const without = await save('roberta', '[{ method: lora, target_modules: [query], modules_to_save: [] }]');
    expect(without.config).toMatchObject({ task_type: null, modules_to_save: null });
    const withHead = await save('roberta', '[{ method: lora, target_modules: [query] }]');
    expect(withHead.config).toMatchObject({ task_type: 'SEQ_CLS', modules_to_save: ['classifier'] });
  });
});

it("writes the tensors under PEFT's keys", async () => {
  const saved = await save('roberta', '[{ method: lora, rank: 4, target_modules: [query, value] }]');
  const ours = readTensors(path.join(saved.path, 'adapter_model.safetensors'));
  const theirs = readTensors(fixture('traces', 'roberta', 'lora_head', 'adapter_after', 'adapter_model.safetensors'));
  const shapes = (tensors: typeof ours) => Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
  expect(shapes(ours)).toEqual(shapes(theirs));
});

it('leaves an adapter folder that is there already alone', async () => {
  const { trained, folder } = await save('llama', '[{ method: lora, target_modules: [q_proj] }]');
  await expect(trained.saveAdapters(folder)).rejects.toMatchObject({ code: 'output-exists' });
});

it('keeps the original head where the tied embedding was trained as a copy, as PEFT does', async () => {
  const entries = '[{ method: lora, rank: 2, target_modules: [k_proj], modules_to_save: [embed_tokens] }]';
  const { trained, folder } = await save('llama-tied', entries);
  const merged = readTensors(path.join(await trained.saveModel(path.join(folder, 'model')), 'model.safetensors'));
  const base = readTensors(path.join(tiny('llama-tied'), 'model.safetensors'));
  const embedding = 'model.embed_tokens.weight';
  expect(merged.get('lm_head.weight')).toEqual(base.get(embedding));
  expect(merged.get(embedding)).toEqual(trained.trainable.get(embedding));
  expect(merged.get(embedding)).not.toEqual(base.get(embedding));
});

it('unties the head of a merged model when the adapter sits on it', async () => {
  const { trained, folder } = await save('llama-tied', '[{ method: lora, rank: 2, target_modules: [lm_head] }]');
  const merged = await trained.saveModel(path.join(folder, 'model'));
  expect(json(merged, 'config.json').tie_word_embeddings).toBe(false);
  expect(readTensors(path.join(merged, 'model.safetensors')).has('lm_head.weight')).toBe(true);
});

it('a trained copy of a Conv1D module has the shape of its file, and the values turned', async () => {
  const entries = '[{ method: lora, rank: 2, target_modules: [c_attn], modules_to_save: [mlp.c_fc] }]';
  const { trained, path: folder } = await save('gpt2', entries);
  const name = 'transformer.h.0.mlp.c_fc.weight';
  const { shape, data } = readTensors(path.join(folder, 'adapter_model.safetensors')).get(`base_model.model.${name}`)!;
  const ours = trained.trainable.get(name)!;
  expect([shape, ours.shape]).toEqual([
    [16, 64],
    [64, 16],
  ]);
  expect(data[3 * 64 + 5]).toBe(ours.data[5 * 16 + 3]);
});
