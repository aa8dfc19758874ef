import { expect, test } from 'vitest';
import { bucketLength, collate, stepsPerEpoch, stepWindow, totalSteps } from '../../../server/data/batches.ts';
import { epochOrder } from '../../../server/data/order.ts';
import type { Example } from '../../../server/data/types.ts';

const example = (length: number, first = 1): Example => {
  const ids = Int32Array.from({ length }, (_, i) => first + i);
  return { ids, labels: ids.slice() };
};

test('windows cover an epoch exactly once, the last one with what is left', () => {
  const order = epochOrder({ length: 11, at: () => undefined }, 0, { seed: 1, shuffle: true });
  const windows: number[][][] = [];
  for (let index = 0; index < 11; index += windows.at(-1)!.flat().length) windows.push(stepWindow(order, index, 2, 3));
  expect(windows.map((w) => w.map((m) => m.length))).toEqual([
    [2, 2, 2],
    [2, 2, 1],
  ]);
  expect(windows.flat(2)).toEqual(order.slice(0, 11));
  expect(stepsPerEpoch(11, 2, 3)).toBe(2);
  expect(totalSteps(3, 1.5)).toBe(5);
  expect(totalSteps(3, 1.5, 4)).toBe(4);
});

test('length buckets grow by at most a half and never fall below the row', () => {
  expect([1, 8, 9, 13, 17, 25, 100, 513].map((n) => bucketLength(n))).toEqual([8, 8, 12, 16, 24, 32, 128, 768]);
  expect(bucketLength(513, 514)).toBe(514);
  expect(bucketLength(60, 64)).toBe(64);
});

test('padding stands on the right, masked and without labels', () => {
  const batch = collate([example(2), { ...example(3), mask: Int32Array.of(1, 1, 0) }], {
    padTokenId: 9,
    task: 'causal-lm',
  });
  expect(batch.shape).toEqual({ rows: 2, length: 8 });
  expect([...batch.input_ids.slice(0, 8)]).toEqual([1, 2, 9, 9, 9, 9, 9, 9]);
  expect([...batch.attention_mask.slice(8)]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  expect([...batch.labels.slice(8)]).toEqual([1, 2, 3, -100, -100, -100, -100, -100]);
  expect(batch.tokens).toBe(4);
  expect(batch.token_type_ids).toBeUndefined();
  const typed: Example = { ids: Int32Array.of(1, 2), typeIds: Int32Array.of(0, 1), labels: Int32Array.of(1) };
  const classes = collate([typed, { ...example(1), labels: Int32Array.of(0) }], {
    padTokenId: 0,
    task: 'sequence-classification',
  });
  expect([...classes.labels]).toEqual([1, 0]);
  expect([...classes.token_type_ids!.slice(0, 3)]).toEqual([0, 1, 0]);
});

test('a decoder of its own reads its labels one step later, padding where they are ignored', () => {
  const pair = (ids: number[], labels: number[]) => ({ ids: Int32Array.from(ids), labels: Int32Array.from(labels) });
  const model = { padTokenId: 9, startTokenId: 7, task: 'seq2seq' } as const;
  const batch = collate([pair([1, 2], [3, 4, 5]), pair(new Array(10).fill(1), [6, -100, 8])], model);
  expect(batch.shape).toEqual({ rows: 2, length: 12, targets: 8 });
  expect([...batch.labels.slice(0, 5)]).toEqual([3, 4, 5, -100, -100]);
  expect([...batch.decoder_input_ids!.slice(0, 5)]).toEqual([7, 3, 4, 5, 9]);
  expect([...batch.decoder_input_ids!.slice(8, 12)]).toEqual([7, 6, 9, 8]);
  expect(batch.tokens).toBe(2 + 10 + 3 + 3);
});
