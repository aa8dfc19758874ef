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
  return Object.fromEntries(compareMethods(recipe!, { model }).map((row) => [row.method, row]));
}

test('every method once; LoRA at the recipe’s rank and targets', () => {
  const rows = compare({ method: 'lora', rank: 4, target_modules: ['q_proj', 'v_proj'] });
  expect(Object.keys(rows)).toEqual(Object.keys(methods));
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
