import path from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { analyse } from '../../../server/budget/analyse.ts';
import { compareMethods } from '../../../server/budget/compare.ts';
import { loadModelFacts } from '../../../server/checkpoint/model-facts.ts';
import { methods } from '../../../server/methods/registry.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const cwd = path.join(import.meta.dirname, '../../fixtures/tiny');
const model = await loadModelFacts('llama', { cwd, task: 'causal-lm' });

function compare(adapter: object) {
  const text = stringify({ version: 1, model: { path: 'llama', task: 'causal-lm' }, adapters: [adapter] });
  const { recipe } = analyse(parseRecipe(text, methods), { model });
  return Object.fromEntries(
    compareMethods(recipe!, { model }).map((row) => [[row.method, row.form].filter(Boolean).join(' '), row]),
  );
}

test('every method; LoRA at the recipe’s rank and targets', () => {
  const rows = compare({ method: 'lora', rank: 4, target_modules: ['q_proj', 'v_proj'] });
  expect([...new Set(Object.keys(rows).map((key) => key.split(' ')[0]))]).toEqual(Object.keys(methods));
  // Two layers of q 64×64 and v 32×64.
  expect(rows.lora).toMatchObject({ rank: 4, trainable: 2 * 4 * (64 + 64 + 32 + 64), maxUpdateRank: 4 });
});

test('full trains the whole model, and its updates have every rank', () => {
  const { full } = compare({ method: 'lora', rank: 4 });
  expect(full).toMatchObject({ trainable: model.table.totalParameters, percent: 100, maxUpdateRank: 64 });
  expect(full).not.toHaveProperty('rank');
});

test('a recipe without a rank is compared at the default one', () => {
  const rows = compare({ method: 'full', target_modules: ['q_proj'] });
  expect(rows.lora).toMatchObject({ rank: 8, trainable: 2 * 8 * 128 });
});

test('each form of a method has its own counts', () => {
  const rows = compare({ method: 'lora', target_modules: ['q_proj'] });
  // Two layers of q 64×64: the diagonal, and a band of d on either side.
  expect(rows['svft plain']).toMatchObject({ form: 'plain', trainable: 2 * 64 });
  expect(rows['svft banded, d = 2']).toMatchObject({ trainable: 2 * (64 * 5 - 6) });
});
