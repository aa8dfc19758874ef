import { describe, expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { epochOrder, type OrderOptions, type OrderSizes } from '../../../server/data/order.ts';
import { splitOff } from '../../../server/data/split.ts';
import type { Example, Examples } from '../../../server/data/types.ts';

const some = (length: number, tokens = (i: number) => 1 + ((i * 7) % 13)): Examples => ({
  length,
  at: () => undefined,
  tokensAt: tokens,
});
const all = (examples: Examples, epoch: number, options: OrderOptions, sizes?: OrderSizes) =>
  epochOrder(examples, epoch, options, sizes).slice(0, examples.length);
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const numbers = (length: number) => Array.from({ length }, (_, i) => i);
const small: OrderSizes = { maxPermutation: 10, blockRows: 4, bufferRows: 16 };

test('each epoch has its own order, fixed by seed and number; without shuffling it is that of the file', () => {
  const order = all(some(50), 0, { seed: 42, shuffle: true });
  // As checkpoints of earlier versions stand in it.
  expect(order).toEqual(Random.seeded(42, 'epoch:0').shuffle(numbers(50)));
  expect(order).not.toEqual(all(some(50), 1, { seed: 42, shuffle: true }));
  expect(order).not.toEqual(all(some(50), 0, { seed: 43, shuffle: true }));
  expect(all(some(50), 3, { seed: 42, shuffle: false })).toEqual(numbers(50));
});

describe('more examples than are permuted at once', () => {
  const options = { seed: 7, shuffle: true };

  test('each comes once, the order is fixed by seed and epoch, and blocks from far apart are mixed', () => {
    const order = all(some(103), 0, options, small);
    expect(sorted(order)).toEqual(numbers(103));
    expect(order).toEqual(all(some(103), 0, options, small));
    expect(order).not.toEqual(all(some(103), 1, options, small));
    // A buffer holds four blocks, shuffled among themselves.
    const first = order.slice(0, 16);
    expect(new Set(first.map((i) => Math.floor(i / 4))).size).toBe(4);
    expect(first.some((i, k) => k > 0 && Math.floor(i / 4) !== Math.floor(first[k - 1]! / 4) && i % 4 !== 0)).toBe(
      true,
    );
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(16);
  });

  test('any part is found without what comes before', () => {
    const order = all(some(103), 2, options, small);
    for (const [from, to] of [
      [0, 5],
      [14, 18],
      [50, 60],
      [98, 103],
    ] as const)
      expect(epochOrder(some(103), 2, options, small).slice(from, to)).toEqual(order.slice(from, to));
  });
});

describe('grouped by length', () => {
  const options = { seed: 3, shuffle: true, groupBy: 4 };

  /** `get_length_grouped_indices` of transformers 5 on a given permutation. */
  function reference(permutation: number[], lengths: number[], batch: number): number[] {
    const mult = Math.max(1, Math.min(Math.floor(lengths.length / (batch * 4)), 50));
    const size = mult * batch;
    const megabatches: number[][] = [];
    for (let i = 0; i < permutation.length; i += size) megabatches.push(permutation.slice(i, i + size));
    for (const mega of megabatches) mega.sort((a, b) => lengths[b]! - lengths[a]!);
    const longest = megabatches.map((mega) => lengths[mega[0]!]!);
    const most = longest.indexOf(Math.max(...longest));
    const [first, other] = [megabatches[0]![0]!, megabatches[most]![0]!];
    [megabatches[0]![0], megabatches[most]![0]] = [other, first];
    return megabatches.flat();
  }

  test.each([103, 16, 5, 1])('is what transformers makes of %i examples in the same random order', (length) => {
    const lengths = numbers(length).map((i) => 1 + ((i * 37) % 61));
    const examples = some(length, (i) => lengths[i]!);
    const random = all(examples, 1, { seed: 3, shuffle: true });
    expect(all(examples, 1, options)).toEqual(reference(random, lengths, 4));
  });

  test('any part is found without what comes before, and large data is sorted within its buffer', () => {
    const order = all(some(103), 0, options, small);
    expect(sorted(order)).toEqual(numbers(103));
    expect(epochOrder(some(103), 0, options, small).slice(61, 80)).toEqual(order.slice(61, 80));
  });
});

describe('a validation part', () => {
  const examples: Example[] = numbers(40).map((i) => ({ ids: Int32Array.of(i), labels: Int32Array.of(i) }));
  const ids = (part: Examples) => numbers(part.length).map((i) => part.at(i)!.ids[0]!);

  test('is seeded, of the wanted size, and what remains keeps its order', () => {
    const { train, validation } = splitOff(examples, 0.1, 7);
    expect([train.length, validation.length]).toEqual([36, 4]);
    // As runs of earlier versions drew it.
    expect(ids(validation)).toEqual(sorted(Random.seeded(7, 'validation').shuffle(numbers(40)).slice(0, 4)));
    expect(ids(train)).toEqual(numbers(40).filter((i) => !ids(validation).includes(i)));
    expect(ids(splitOff(examples, 0.1, 8).validation)).not.toEqual(ids(validation));
    expect(splitOff(examples, 0.001, 7).validation).toHaveLength(1);
    expect([train.at(36), train.at(-1), validation.at(4)]).toEqual([undefined, undefined, undefined]);
  });

  test('of large data is drawn block by block', () => {
    const { train, validation } = splitOff(examples, 0.25, 7, 16);
    expect(ids(validation)).toHaveLength(10);
    expect(sorted([...ids(train), ...ids(validation)])).toEqual(numbers(40));
    const perBlock = [0, 1, 2].map((block) => ids(validation).filter((i) => Math.floor(i / 16) === block).length);
    expect(perBlock).toEqual([4, 4, 2]);
  });
});
