import { expect, it } from 'vitest';
import { methods } from '../../../server/methods/registry.ts';
import { recipeDifferences } from '../../../server/recipe/differences.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';

const recipe = (name: string, entry: string, rate = '') =>
  parseRecipe(
    `version: 1\nname: ${name}\nmodel: { path: m }\ndata: { train: a.jsonl }\nadapters:\n  - ${entry}\n${rate}`,
    methods,
  ).partial;

it('tells the fields that differ with defaults filled in, not the names', () => {
  const rows = recipeDifferences([
    recipe('one', '{ method: lora, rank: 8 }'),
    undefined,
    recipe('two', '{ method: lora, rank: 16 }', 'training: { optimizer: { learning_rate: 0.5 } }'),
  ]);
  expect(rows).toEqual([
    { field: 'adapters[0].rank', values: ['8', undefined, '16'] },
    { field: 'adapters[0].alpha', values: ['8', undefined, '16'] },
    { field: 'training.optimizer.learning_rate', values: [expect.any(String), undefined, '0.5'] },
  ]);
});

it('a default written out is no difference', () => {
  const { rank } = recipe('one', '{ method: lora }').adapters[0]!.options as { rank: number };
  expect(recipeDifferences([recipe('a', '{ method: lora }'), recipe('b', `{ method: lora, rank: ${rank} }`)])).toEqual(
    [],
  );
});
