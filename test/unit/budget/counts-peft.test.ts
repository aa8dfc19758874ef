/** Counts of methods that PEFT has beside LoRA: every row of the fixture. */
import { expect, test } from 'vitest';
import { estimate } from '../../../server/budget/estimate.ts';
import { recipe, table } from './harness.ts';
import { expectCounts, rowsOf } from './peft-counts.ts';

/** PEFT's fields by their names here; `use_dora` is a method of its own. */
const ours: Readonly<Record<string, string>> = { r: 'rank', init_r: 'init_rank', target_r: 'target_rank' };

const rows = rowsOf('counts-peft.json');

test('VeRA: the shared projections are in the file and in memory once, and are no parameters', () => {
  const model = table('llama-3-8b');
  const counted = estimate(recipe('llama-3-8b', '{method: vera, target_modules: [q_proj, v_proj]}'), model);
  const [trained, frozen] = [180_224, 256 * (4096 + 4096)];
  expect(counted.allParameters).toBe(model.totalParameters + trained);
  expect(counted.adapterBytes).toBe(4 * (trained + frozen));
  expect(counted.memory.parts.weights).toBe(4 * (model.totalParameters + trained + frozen));
});

test('BitFit: every bias, and the head', () => {
  const all = estimate(recipe('roberta-base', '{method: bitfit}'), table('roberta-base'));
  // 4 matrices of attention and output, the wide one, and 2 norms a layer; the norm of the embeddings.
  expect(all.adapterParameters).toBe(12 * (5 * 768 + 3072 + 2 * 768) + 768);
  expect(all.trainableParameters - all.adapterParameters).toBe(768 * 768 + 768 + 2 * 768 + 2);
  const some = estimate(recipe('roberta-base', '{method: bitfit, target_modules: [query]}'), table('roberta-base'));
  expect(some.adapterParameters).toBe(12 * 768);
});

test('the fixture has the rows that this test is about', () => {
  expect(new Set(rows.map(({ row }) => row.method))).toEqual(new Set(['dora', 'vera', 'ia3', 'adalora']));
});

test.each(rows)('as PEFT counts it: $label', (named) => {
  const { use_dora: _, ...fields } = named.row.hyperparameters;
  expectCounts(named, Object.fromEntries(Object.entries(fields).map(([key, value]) => [ours[key] ?? key, value])));
});
