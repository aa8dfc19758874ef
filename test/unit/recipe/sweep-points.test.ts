import { expect, test } from 'vitest';
import { parse as yaml } from 'yaml';
import { methods } from '../../../server/methods/registry.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';
import { sweepPoints } from '../../../server/recipe/sweep-points.ts';
import type { Recipe } from '../../../server/recipe/types.ts';

const head = 'version: 1\nmodel: { path: m }\n';
const lora = 'adapters: [{ method: lora, target_modules: [q] }]\n';

function points(sweep: string, rest = lora): { values: Record<string, unknown>; recipe: Recipe }[] {
  const document = parseRecipe(`${head}${rest}sweep: ${sweep}\n`, methods);
  expect(document.diagnostics).toEqual([]);
  return sweepPoints(document, methods).map(({ values, text }) => {
    const point = parseRecipe(text, methods);
    expect(point.diagnostics).toEqual([]);
    return { values, recipe: point.recipe! };
  });
}

test('the grid in its order, and what follows from a value follows anew', () => {
  const found = points('{ adapters.0.rank: [4, 16], training.seed: [1, 2] }');
  expect(found.map(({ values }) => Object.values(values))).toEqual([
    [4, 1],
    [4, 2],
    [16, 1],
    [16, 2],
  ]);
  expect(found[3]!.recipe).toMatchObject({ adapters: [{ rank: 16, alpha: 16 }], training: { seed: 2 } });
  expect(found[3]!.recipe.sweep).toBeUndefined();
});

test('sections that are not written, lists and null are set', () => {
  const [, second] = points(
    '{ training.optimizer.learning_rate: [1e-4, 3e-4], adapters.0.target_modules: [[q, v]], training.max_grad_norm: [null], adapters.0.layers_to_transform: ["0-1"] }',
  );
  expect(second!.recipe).toMatchObject({
    adapters: [{ target_modules: ['q', 'v'], layers_to_transform: [0, 1] }],
    training: { optimizer: { learning_rate: 3e-4 }, max_grad_norm: null },
  });
});

test('a value set at an alias leaves its anchor alone', () => {
  const rest = 'adapters: [&a { method: lora, target_modules: [q] }, *a]\n';
  const [point] = points('{ adapters.1.rank: [4] }', rest);
  expect(point!.recipe.adapters.map(({ rank }) => rank)).toEqual([8, 4]);
});

test('of an entry whose method is varied each point has the fields of its own; equal points are one', () => {
  const found = points('{ adapters.0.method: [lora, vera, svft], adapters.0.alpha: [8, 32] }', lora);
  expect(found.map(({ values }) => Object.values(values))).toEqual([['lora', 8], ['lora', 32], ['vera'], ['svft']]);
  expect(found[2]!.recipe.training.optimizer.learning_rate).toBe(methods.vera.learningRate);
});

test('random draws distinct points by the seed, also of a grid too large to run', () => {
  const draw = (sweep: string) => points(sweep).map(({ values }) => Object.values(values).join());
  const small = '{ training.seed: [1, 2, 3, 4, 5, 6, 7, 8, 9], random: 4, seed: ';
  expect(new Set(draw(`${small}1 }`)).size).toBe(4);
  expect(draw(`${small}1 }`)).toEqual(draw(`${small}1 }`));
  expect(draw(`${small}1 }`)).not.toEqual(draw(`${small}2 }`));
  expect(draw('{ training.seed: [1, 2], random: 9 }')).toEqual(['1', '2']);
  const list = JSON.stringify(Array.from({ length: 100 }, (_, i) => i + 1));
  const large = draw(`{ training.seed: ${list}, adapters.0.rank: ${list}, training.batch_size: ${list}, random: 20 }`);
  expect(new Set(large).size).toBe(20);
});

test('the text of a point is YAML without the sweep', () => {
  const document = parseRecipe(`${head}${lora}sweep: { adapters.0.rank: [4] }\n`, methods);
  expect(yaml(sweepPoints(document, methods)[0]!.text)).toEqual({
    version: 1,
    model: { path: 'm' },
    adapters: [{ method: 'lora', target_modules: ['q'], rank: 4 }],
  });
});
