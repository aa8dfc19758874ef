/** Counts of OFT and BOFT: every row that PEFT gives for the models here. With factors, PEFT counted as if it had its CUDA extension. */
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
const { models } = JSON.parse(readFileSync('test/fixtures/counts-rotations.json', 'utf8')) as {
  models: Record<string, { totalParameters: number; rows: Row[] }>;
};

/** PEFT's fields by their names here. */
const ours: Readonly<Record<string, string>> = {
  r: 'rank',
  oft_block_size: 'block_size',
  block_share: 'block_share',
  boft_block_size: 'block_size',
  boft_n_butterfly_factor: 'butterfly_factors',
};

const rows = Object.entries(models).flatMap(([name, model]) =>
  model.rows
    .filter(({ method }) => isMethod(method))
    .map((row) => ({ name, row, label: `${row.method} ${name} ${row.set} ${JSON.stringify(row.hyperparameters)}` })),
);

test('the fixture has the rows that this test is about', () => {
  expect(rows.length).toBe(175);
});

test.each(rows)('as PEFT counts it: $label', ({ name, row }) => {
  // 0 is PEFT's way to say that the other one holds.
  const fields = Object.entries(row.hyperparameters).flatMap(([key, value]) =>
    value === 0 ? [] : [[ours[key]!, value]],
  );
  const targets = row.target_modules ? { target_modules: row.target_modules } : {};
  const entry = JSON.stringify({ method: row.method, ...Object.fromEntries(fields), ...targets });
  expect(estimate(recipe(name, entry), table(name))).toMatchObject({
    totalParameters: models[name]!.totalParameters,
    trainableParameters: row.trainable,
    allParameters: row.allParams,
    adapterParameters: row.adapterOnly ?? row.trainable,
  });
});
