/** SVF and SVFT against their formulas' counts on real models, and against what the paper prints. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareMethods } from '../../../server/budget/compare.ts';
import { estimate } from '../../../server/budget/estimate.ts';
import { methods } from '../../../server/methods/registry.ts';
import { svftCoefficients } from '../../../server/methods/svft.ts';
import { analysed, brief, recipe, table, worldOf } from './harness.ts';

interface Row {
  method: string;
  set: string;
  target_modules: string | string[];
  hyperparameters: Record<string, unknown>;
  trainable: number;
}
interface Printed {
  paper: string;
  table: string;
  model: string;
  method: string;
  targets: string[];
  hyperparameters: { d?: number; rank?: number };
  formula: string;
  exact: number;
}
const json = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));

const rows = Object.entries(json('counts-spectral').models as Record<string, Row[]>).flatMap(([name, found]) =>
  found.map((row) => ({ name, row, label: `${name} ${row.set} ${row.method} ${JSON.stringify(row.hyperparameters)}` })),
);

test('the fixture has the rows that this test is about', () => {
  expect(rows.length).toBe(125);
});

test.each(rows)('counts: $label', ({ name, row }) => {
  const { method, hyperparameters, target_modules, trainable } = row;
  const entry = JSON.stringify({ method, ...hyperparameters, target_modules, modules_to_save: [] });
  expect(estimate(recipe(name, entry), table(name)).trainableParameters).toBe(trainable);
});

const { primary, shapes } = json('papers') as {
  primary: Printed[];
  shapes: Record<string, { layers: number; modules: Record<string, [number, number]> }>;
};
const patterns: Record<string, string> = {
  svft_plain: 'plain',
  svft_banded: 'banded',
  svft_random_d: 'random',
  svft_topk_d: 'top-k',
};
const printed = primary.filter(({ formula }) => formula in patterns);

test('the papers print as many rows of SVFT', () => {
  expect(printed.length).toBe(30);
});

test.each(printed)('$paper, table $table: $model $method $hyperparameters', (row) => {
  const { layers, modules } = shapes[row.model]!;
  const { d = 0, rank = 0 } = row.hyperparameters;
  const options = { pattern: patterns[row.formula], off_diagonals: d, gate: false, init: 'zero' };
  const counts = row.targets.map((target) => {
    const [m, n] = modules[target]!;
    return methods.svft.trainable({ name: target, m, n, bias: false, parameters: {} }, { rank, alpha: 1, options });
  });
  expect(layers * counts.reduce((sum, count) => sum + count, 0)).toBe(row.exact);
});

test('a gate is one more a matrix; entries that are asked for count as such', () => {
  const matrix = { name: 'k_proj', m: 4096, n: 1024, bias: false, parameters: {} };
  const settings = (options: object) => ({ rank: 0, alpha: 1, options: { off_diagonals: 2, gate: true, ...options } });
  expect(methods.svft.trainable(matrix, settings({ pattern: 'plain' }))).toBe(1025);
  expect(methods.svft.filledIn(matrix, settings({ pattern: 'banded' }))).toBe('1024·(2·2 + 1) − 2·(2 + 1) + 1 = 5,115');
  expect(svftCoefficients(matrix, settings({ pattern: 'random', num_coefficients: 77 }))).toBe(77);
  expect(methods.svft.updateRank(matrix, settings({ pattern: 'random', num_coefficients: 77 }))).toBe(77);
  expect(methods.svft.heldFactors!(matrix, settings({ pattern: 'top-k', num_coefficients: 77 }))).toBe(154);
});

test('factors are shared: in memory, not in the file of a task', () => {
  const model = table('llama-3-8b');
  const counted = estimate(recipe('llama-3-8b', '{method: svf, target_modules: [k_proj]}'), model);
  const factors = 32 * 1024 * (1024 + 4096 + 1);
  expect(counted).toMatchObject({ adapterBytes: 4 * 32 * 1024, sharedBytes: 4 * factors });
  expect(counted.memory.parts.weights).toBe(4 * (model.totalParameters + 32 * 1024 + factors));
});

test('a comparison does not truncate SVFT to the rank of LoRA', () => {
  const rows = compareMethods(
    recipe('llama-3-8b', '{method: lora, rank: 4, target_modules: [q_proj]}'),
    worldOf('llama-3-8b'),
  );
  expect(rows.find(({ method }) => method === 'svft')).toMatchObject({ trainable: 32 * 4096, maxUpdateRank: 4096 });
});

test.each([
  ['pattern: banded, off_diagonals: 1024', ['error off-diagonals-too-large adapters.0.off_diagonals']],
  ['pattern: banded, off_diagonals: 1023', []],
  ['pattern: plain, off_diagonals: 5000', []],
  ['pattern: random, num_coefficients: 1048577', ['error coefficients-too-many adapters.0.num_coefficients']],
  ['pattern: random, num_coefficients: 1048576, off_diagonals: 5000', []],
  ['pattern: banded, num_coefficients: 7', ['error coefficients-not-used adapters.0.num_coefficients']],
  [
    'pattern: top-k, rank: 8, off_diagonals: 8',
    ['information top-k-rectangular adapters.0.pattern', 'error off-diagonals-too-large adapters.0.off_diagonals'],
  ],
  ['pattern: top-k', ['information top-k-rectangular adapters.0.pattern']],
])('svft with %s', (fields, expected) => {
  const entry = `{method: svft, target_modules: [k_proj], ${fields}}`;
  expect(brief(analysed('llama-3-8b', entry).diagnostics)).toEqual(expected);
});

test("the learning rate is the paper's for the pattern", () => {
  const rate = (entry: string) => recipe('llama-3-8b', entry).training.optimizer.learning_rate;
  expect(rate('{method: svft}')).toBe(5e-2);
  expect(rate('{method: svft, pattern: banded}')).toBe(1e-3);
  const { diagnostics } = analysed('llama-3-8b', '{method: svft}', 'training: {optimizer: {learning_rate: 2e-5}}');
  expect(brief(diagnostics)).toEqual(['hint unusual-learning-rate training.optimizer.learning_rate']);
});
