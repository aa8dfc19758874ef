/** What may stand for SOURCE. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { makeIo } from '../../../../server/cli/output.ts';
import { spectrumSource } from '../../../../server/cli/spectrum/source.ts';
import { temporaryFolder } from '../../daemon/helpers.ts';
import { fixture, tiny } from '../../models/tiny.ts';

const root = temporaryFolder();
beforeEach(() => void vi.stubEnv('RANKWISE_HOME', path.join(root(), 'home')));
afterEach(() => void vi.unstubAllEnvs());

const lora = fixture('traces', 'llama', 'lora', 'adapter_after');
const source = (given: string, more: { adapter?: string; model?: string } = {}) =>
  spectrumSource(given, more, makeIo(true));

function recipe(file: string): string {
  const adapters = [{ method: 'lora', rank: 4, target_modules: ['q_proj'], rank_pattern: { 'layers.1.self_attn.q_proj': 2 } }]; // biome-ignore format: one line
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, stringify({ version: 1, model: { path: tiny('llama'), task: 'causal-lm' }, adapters }));
  return file;
}

const ranks = new Map([
  ['model.layers.0.self_attn.q_proj', 4],
  ['model.layers.1.self_attn.q_proj', 2],
]);

test('a model folder is itself, a name that is no run a hub id', async () => {
  expect(await source(tiny('llama'))).toEqual({ model: tiny('llama'), ranks: new Map() });
  expect(await source('org/name')).toEqual({ model: 'org/name', ranks: new Map() });
  expect(await source(tiny('llama'), { adapter: lora })).toMatchObject({ model: tiny('llama'), adapter: lora });
});

test('a file of a model or an adapter is no recipe: its folder is what is meant', async () => {
  for (const file of [path.join(tiny('llama'), 'model.safetensors'), path.join(lora, 'adapter_config.json')])
    await expect(source(file)).rejects.toMatchObject({
      code: 'not-a-folder',
      hint: `Name the folder: rankwise spectrum ${path.dirname(file)}`,
    });
});

test('a recipe is its model, with the ranks that its adapters give', async () => {
  expect(await source(recipe(path.join(root(), 'r.peft')))).toEqual({ model: tiny('llama'), ranks });
});

test('a run is its base with what it trained on it', async () => {
  const run = path.join(root(), 'run');
  recipe(path.join(run, 'recipe.peft'));
  cpSync(lora, path.join(run, 'adapter'), { recursive: true });
  expect(await source(run)).toEqual({ model: tiny('llama'), adapter: path.join(run, 'adapter'), ranks });
});

test('a run of full fine-tuning: the two models', async () => {
  const run = path.join(root(), 'full');
  recipe(path.join(run, 'recipe.peft'));
  cpSync(tiny('llama'), path.join(run, 'model'), { recursive: true });
  expect(await source(run)).toMatchObject({ model: tiny('llama'), adapter: path.join(run, 'model') });
});

test('an adapter is on the base that it names, or that one says', async () => {
  const folder = path.join(root(), 'adapter');
  cpSync(lora, folder, { recursive: true });
  expect(await source(folder)).toEqual({ model: 'tiny/llama', adapter: folder, ranks: new Map() });
  expect(await source(folder, { model: tiny('llama') })).toMatchObject({ model: tiny('llama'), adapter: folder });
  const file = path.join(folder, 'adapter_config.json');
  const { base_model_name_or_path: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(rest));
  await expect(source(folder)).rejects.toMatchObject({ code: 'base-unknown' });
});
