import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recipeSchema } from '../../../scripts/generate-schema.ts';
import { resolvePaths } from '../../../server/recipe/resolve.ts';
import { stringifyRecipe } from '../../../server/recipe/stringify.ts';
import { submission } from '../../../server/recipe/submission.ts';
import { minimal, parse } from './harness.ts';

const everything = `version: 1
name: "2024-05-01"
model: { path: "./a b#c", task: sequence-classification, num_labels: 3, dtype: bfloat16 }
adapters:
  - { name: one, method: lora, rank: 3, alpha: 0.5, dropout: 0.1, use_rslora: true, init: gaussian, target_modules: ".*[qv]_proj",
      exclude_modules: lm_head, layers_to_transform: "1-3", rank_pattern: { "a.b": 2, "__proto__": 3 }, alpha_pattern: { x: 1.5 },
      modules_to_save: [] }
  - { method: lora, rank: auto, target_modules: [k, "true", "1"] }
  - { path: saved/one }
data: { train: [a.jsonl, "*.csv"], validation: 0.05, columns: { text: sentence }, shuffle: false, max_length: 7, packing: true, chat_template: a.jinja }
training:
  { num_epochs: 0.5, max_steps: 9, batch_size: 2, gradient_accumulation_steps: 3, max_grad_norm: null, seed: 0, eval_steps: 1,
    save_steps: 2, save_total_limit: 3, logging_steps: 4, backend: onnxruntime, threads: 2, gradient_checkpointing: true,
    group_by_length: true, label_smoothing: 0.1, neftune_alpha: 5, class_weights: balanced, early_stopping: { patience: 2 }, metric: accuracy, check: off, samples: { prompts: [Hi., "- 1"], every: 2, chat: true },
    optimizer: { learning_rate: 1.0e-21, weight_decay: 0.01, betas: [0, 0.5], eps: 1e-30, lora_plus_ratio: 16, head_learning_rate: 0.1 },
    scheduler: { name: cosine, warmup_ratio: 0.06 } }
budget: { trainable: 0.0000001%, memory: 8GiB }
sweep: { adapters.0.rank: [4, auto], model.dtype: [float32], random: 1, halving: 3, budget: 1.5h }
output: "runs: here"
`;

test.each([minimal(), everything])('what is written reads as the same recipe', (text) => {
  const { recipe, diagnostics } = parse(text);
  expect(diagnostics).toEqual([]);
  const again = parse(stringifyRecipe(recipe!));
  expect(again.diagnostics).toEqual([]);
  expect(again.recipe).toEqual(recipe);
});

test('paths become absolute from the recipe’s folder; the model’s may be known already', () => {
  const recipe = resolvePaths(parse(everything).recipe!, '/projects/recipes/r.peft');
  expect(recipe.model.path).toBe('/projects/recipes/a b#c');
  expect(recipe.data).toMatchObject({
    train: ['/projects/recipes/a.jsonl', '/projects/recipes/*.csv'],
    validation: 0.05,
    chat_template: '/projects/recipes/a.jinja',
  });
  const named = parse(everything.replace('a.jinja', 'chatml')).recipe!;
  expect(resolvePaths(named, '/projects/recipes/r.peft').data!.chat_template).toBe('chatml');
  expect(recipe.adapters[2]!.path).toBe('/projects/recipes/saved/one');
  expect(recipe.output).toBe('/projects/recipes/runs: here');
  expect(resolvePaths(recipe, '/elsewhere/x.peft', { model: '/cache/model' })).toEqual({
    ...recipe,
    model: { ...recipe.model, path: '/cache/model' },
  });
});

test('the JSON Schema is that of the field tables; `node scripts/generate-schema.mjs` renews it', () => {
  expect(JSON.parse(readFileSync('schemas/recipe.schema.json', 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(recipeSchema())),
  );
});

test('what the daemon gets reads as the recipe with absolute paths, without its sweep', () => {
  const { recipe } = parse(everything);
  const submitted = submission(recipe!, ['lora', 'full', ''], '/projects/recipes/r.peft', { model: '/cache/a b#c' });
  expect(submitted).toMatchObject({
    name: '2024-05-01',
    method: 'lora+full+saved',
    model: 'a b#c',
    output: '/projects/recipes/runs: here',
  });
  const { sweep: _, ...rest } = resolvePaths(recipe!, '/projects/recipes/r.peft', { model: '/cache/a b#c' });
  expect(parse(submitted.recipeText).recipe).toEqual(rest);
});

test.each([
  ['auto', {}, 'auto'],
  ['auto', { usualBackend: 'webgpu' }, 'webgpu'],
  ['cuda', { usualBackend: 'webgpu' }, 'cuda'],
  ['cuda', { usualBackend: 'webgpu', backend: 'onnxruntime' }, 'onnxruntime'],
] as const)('a recipe with backend %s, launched with %j, runs on %s', (named, options, expected) => {
  const { recipe } = parse(minimal().concat(`training: { backend: ${named} }\n`));
  const { recipeText } = submission(recipe!, ['lora'], '/projects/r.peft', { model: '/model' }, options);
  expect(parse(recipeText).recipe!.training.backend).toBe(expected);
});
