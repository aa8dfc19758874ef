import { describe, expect, test } from 'vitest';
import { collate } from '../../../server/data/batches.ts';
import { PackedExamples } from '../../../server/data/packing.ts';
import type { Example, Examples } from '../../../server/data/types.ts';

const example = (length: number, first = 1): Example => {
  const ids = Int32Array.from({ length }, (_, i) => first + i);
  return { ids, labels: ids.slice() };
};
const ofLengths = (lengths: readonly number[]) => lengths.map((length) => example(length));
const rowsOf = (packed: PackedExamples) => Array.from({ length: packed.length }, (_, row) => packed.numbersOf(row));

describe('rows', () => {
  test('are filled first-fit, longest first, and keep the order of the file', () => {
    const packed = new PackedExamples(ofLengths([2, 7, 3, 5, 1, 10, 4]), 10);
    expect(rowsOf(packed)).toEqual([[0], [1, 2], [3, 4, 6], [5]]);
    expect(packed.tokensAt(2)).toBe(10);
  });

  test('hold every example once and never too many tokens, window by window, whatever plans are kept', () => {
    const lengths = Array.from({ length: 100 }, (_, i) => 1 + ((i * 29) % 16));
    const packed = new PackedExamples(ofLengths(lengths), 16, { windowRows: 24, keptPlans: 2 });
    const rows = rowsOf(packed);
    expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const row of rows) {
      expect(row.reduce((sum, i) => sum + lengths[i]!, 0)).toBeLessThanOrEqual(16);
      expect(new Set(row.map((i) => Math.floor(i / 24))).size).toBe(1);
    }
    expect(rows.length).toBeLessThan(1.15 * (lengths.reduce((a, b) => a + b) / 16));
    expect(packed.numbersOf(3)).toEqual(rows[3]);
    expect(packed.at(packed.length)).toBeUndefined();
  });

  test('are planned from the lengths alone: no example is read', () => {
    const lengths = [3, 4, 5];
    const examples: Examples = { length: 3, tokensAt: (i) => lengths[i]!, at: () => expect.unreachable() };
    expect(new PackedExamples(examples, 8).length).toBe(2);
  });
});

describe('a packed row', () => {
  const prompt: Example = { ids: Int32Array.of(4, 5, 6), labels: Int32Array.of(-100, 5, 6) };
  const padded: Example = {
    ids: Int32Array.of(0, 8, 9),
    mask: Int32Array.of(0, 1, 1),
    labels: Int32Array.of(-100, 8, 9),
  };
  const row = new PackedExamples([prompt, example(2), padded], 16).at(0)!;

  test('numbers its examples, and their tokens anew in each; padding is left out', () => {
    expect([...row.ids]).toEqual([4, 5, 6, 1, 2, 8, 9]);
    expect([...row.mask!]).toEqual([1, 1, 1, 2, 2, 3, 3]);
    expect([...row.positions!]).toEqual([0, 1, 2, 0, 1, 0, 1]);
  });

  test('asks no example for the first token of the next one', () => {
    expect([...row.labels]).toEqual([-100, 5, 6, -100, 2, -100, 9]);
  });

  test('is padded like others, and its tokens are counted once each', () => {
    const batch = collate([row, example(2)], { padTokenId: 0, task: 'causal-lm' });
    expect([...batch.attention_mask]).toEqual([1, 1, 1, 2, 2, 3, 3, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect([...batch.position_ids!.slice(0, 8)]).toEqual([0, 1, 2, 0, 1, 0, 1, 0]);
    expect(batch.tokens).toBe(9);
  });
});
