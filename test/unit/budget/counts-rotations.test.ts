/** Counts of OFT and BOFT: every row that PEFT gives for the models here. With factors, PEFT counted as if it had its CUDA extension. */
import { expect, test } from 'vitest';
import { expectCounts, rowsOf } from './peft-counts.ts';

/** PEFT's fields by their names here. */
const ours: Readonly<Record<string, string>> = {
  r: 'rank',
  oft_block_size: 'block_size',
  block_share: 'block_share',
  boft_block_size: 'block_size',
  boft_n_butterfly_factor: 'butterfly_factors',
};

const rows = rowsOf('counts-rotations.json');

test('the fixture has the rows that this test is about', () => {
  expect(rows.length).toBe(175);
});

test.each(rows)('as PEFT counts it: $label', (named) => {
  // 0 is PEFT's way to say that the other one holds.
  const fields = Object.entries(named.row.hyperparameters).flatMap(([key, value]) =>
    value === 0 ? [] : [[ours[key]!, value]],
  );
  expectCounts(named, Object.fromEntries(fields));
});
