/**
 * In which order an epoch takes its examples: it depends on seed and epoch alone, and any part of it is found without what comes before.
 * Up to `maxPermutation` examples it is one permutation of all. More are shuffled through a buffer, or the permutation alone would take
 * gigabytes: blocks of neighbours are put in a random order, and each `bufferRows` rows of that are shuffled among themselves.
 */
import { Random } from '../base/random.ts';
import { lastUsed } from './last-used.ts';
import { type Examples, tokensAt } from './types.ts';

export interface EpochOrder {
  readonly length: number;
  /** Example numbers at the places `from` to `to` (exclusive) of the order. */
  slice(from: number, to: number): number[];
}

export interface OrderOptions {
  seed: number;
  /** Without, the order is that of the files. */
  shuffle: boolean;
  /** Examples of like length together: megabatches of 50 steps of so many examples are sorted by length, as in transformers' LengthGroupedSampler. */
  groupBy?: number;
}

/** Sizes that tests make small. */
export interface OrderSizes {
  maxPermutation: number;
  blockRows: number;
  /** A multiple of `blockRows`. */
  bufferRows: number;
}

const usual: OrderSizes = { maxPermutation: 2 ** 24, blockRows: 2 ** 12, bufferRows: 2 ** 20 };

/** Parts of an order in memory. Steps go forward: the one that was made last serves most of them. */
const kept = 1;

/** The order of epoch `epoch` (from 0). */
export function epochOrder(
  examples: Examples,
  epoch: number,
  { seed, shuffle, groupBy }: OrderOptions,
  sizes = usual,
): EpochOrder {
  const count = examples.length;
  const plain = !shuffle
    ? fileOrder(count)
    : count <= sizes.maxPermutation
      ? permutation(count, seed, epoch)
      : buffered(count, seed, epoch, sizes);
  return groupBy === undefined ? plain : grouped(plain, examples, groupBy, count <= sizes.maxPermutation);
}

const fileOrder = (length: number): EpochOrder => ({
  length,
  slice: (from, to) => Array.from({ length: to - from }, (_, i) => from + i),
});

function permutation(length: number, seed: number, epoch: number): EpochOrder {
  const order = shuffled(length, Random.seeded(seed, `epoch:${epoch}`));
  return { length, slice: (from, to) => Array.from(order.subarray(from, to)) };
}

/** 0 … length−1 shuffled, at 4 bytes a number. */
export function shuffled(length: number, random: Random): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  return random.shuffle(order);
}

function buffered(length: number, seed: number, epoch: number, { blockRows, bufferRows }: OrderSizes): EpochOrder {
  // The last block may be short: it stays last, so that all others are found by division.
  const blocks = shuffled(Math.floor(length / blockRows), Random.seeded(seed, `epoch:${epoch}`));
  const unshuffled = (place: number) => {
    const block = Math.floor(place / blockRows);
    return block < blocks.length ? blocks[block]! * blockRows + (place % blockRows) : place;
  };
  const bufferAt = lastUsed(kept, (number) => {
    const start = number * bufferRows;
    const rows = Math.min(bufferRows, length - start);
    const order = shuffled(rows, Random.seeded(seed, `epoch:${epoch}:buffer:${number}`));
    return order.map((i) => unshuffled(start + i));
  });
  return { length, slice: (from, to) => placesIn(from, to, bufferRows, bufferAt) };
}

/** `swap`: the longest example of all comes first, so that what does not fit into memory shows at once. It takes a look at all lengths. */
function grouped(plain: EpochOrder, examples: Examples, batch: number, swap: boolean): EpochOrder {
  const { length } = plain;
  const size = batch * Math.max(1, Math.min(50, Math.floor(length / (batch * 4))));
  const longestFirst = (number: number) => {
    const numbers = plain.slice(number * size, Math.min((number + 1) * size, length));
    const tokens = new Map(numbers.map((i) => [i, tokensAt(examples, i)]));
    // The sort is stable: equal lengths keep their random order.
    return numbers.sort((a, b) => tokens.get(b)! - tokens.get(a)!);
  };
  let exchange: { with: number; first: number; longest: number } | undefined;
  if (swap && length > 0) {
    let most = -1;
    let at = 0;
    for (let place = 0; place < length; place += size)
      for (const i of plain.slice(place, Math.min(place + size, length))) {
        const tokens = tokensAt(examples, i);
        if (tokens > most) [most, at] = [tokens, place / size];
      }
    if (at > 0) exchange = { with: at, first: longestFirst(0)[0]!, longest: longestFirst(at)[0]! };
  }
  const megabatch = lastUsed(kept, (number) => {
    const numbers = longestFirst(number);
    if (exchange && number === 0) numbers[0] = exchange.longest;
    if (exchange && number === exchange.with) numbers[0] = exchange.first;
    return Uint32Array.from(numbers);
  });
  return { length, slice: (from, to) => placesIn(from, to, size, megabatch) };
}

function placesIn(from: number, to: number, size: number, part: (number: number) => Uint32Array): number[] {
  const numbers: number[] = [];
  for (let at = from; at < to; ) {
    const number = Math.floor(at / size);
    const end = Math.min(to, (number + 1) * size);
    for (const i of part(number).subarray(at - number * size, end - number * size)) numbers.push(i);
    at = end;
  }
  return numbers;
}
