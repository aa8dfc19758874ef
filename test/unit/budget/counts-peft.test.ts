/** Counts of methods that PEFT has beside LoRA: every row of the fixture. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { estimate } from '../../../server/budget/estimate.ts';
import { isMethod } from '../../../server/methods/registry.ts';
import { recipe, table } from './harness.ts';

interface Row {
  method: string;
  set?: string;
  target_modules?: string | string[] | null;
  hyperparameters: Record<string, unknown>;
  trainable: number;
  adapterOnly?: number;
  allParams: number;
}
const { models } = JSON.parse(readFileSync('test/fixtures/counts-peft.json', 'utf8')) as {
  models: Record<string, { totalParameters: number; rows: Row[] }>;
};

/** PEFT's fields by their names here; `use_dora` is a method of its own. */
const ours: Readonly<Record<string, string>> = { r: 'rank' };

const all = Object.entries(models).flatMap(([name, { rows }]) => rows.map((row) => ({ name, row })));
const rows = all
  .filter(({ row }) => isMethod(row.method))
  .map(({ name, row }) => ({
    name,
    row,
    label: `${row.method} ${name} ${row.set ?? ''} ${JSON.stringify(row.hyperparameters)}`,
  }));

test('VeRA: the shared projections are in the file and in memory once, and are no parameters', () => {
  const model = table('llama-3-8b');
  const counted = estimate(recipe('llama-3-8b', '{method: vera, target_modules: [q_proj, v_proj]}'), model);
  const [trained, frozen] = [180_224, 256 * (4096 + 4096)];
  expect(counted.allParameters).toBe(model.totalParameters + trained);
  expect(counted.adapterBytes).toBe(4 * (trained + frozen));
  expect(counted.memory.parts.weights).toBe(4 * (model.totalParameters + trained + frozen));
});

test('the fixture has the rows that this test is about', () => {
  expect(new Set(rows.map(({ row }) => row.method))).toEqual(new Set(['dora', 'vera', 'ia3']));
});

test.each(rows)('as PEFT counts it: $label', ({ name, row }) => {
  const { use_dora: _, ...fields } = row.hyperparameters;
  const named = Object.entries(fields).map(([key, value]) => [ours[key] ?? key, value]);
  const targets = row.target_modules ? { target_modules: row.target_modules } : {};
  const entry = JSON.stringify({ method: row.method, ...Object.fromEntries(named), ...targets });
  expect(estimate(recipe(name, entry), table(name))).toMatchObject({
    totalParameters: models[name]!.totalParameters,
    trainableParameters: row.trainable,
    allParameters: row.allParams,
    adapterParameters: row.adapterOnly ?? row.trainable,
  });
});
