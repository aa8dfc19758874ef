/** A part of the examples taken away for validation: two views, nothing is copied. */
import { Random } from '../base/random.ts';
import { shuffled } from './order.ts';
import { type Examples, tokensAt } from './types.ts';

/** Up to so many examples the part is drawn from all at once; of more, from each so many. */
const maxDraw = 2 ** 24;

/**
 * Takes a seeded part of `fraction` (0 to 1) away for validation, at least one example; both parts keep the order of the file.
 */
export function splitOff(
  examples: Examples,
  fraction: number,
  seed: number,
  blockRows = maxDraw,
): { train: Examples; validation: Examples } {
  const held = draw(examples.length, Math.max(1, Math.round(examples.length * fraction)), seed, blockRows);
  return {
    validation: view(examples, held.length, (i) => held[i]!),
    train: view(examples, examples.length - held.length, (i) => i + heldBefore(held, i)),
  };
}

/** `count` numbers below `length`, in order. Of several blocks each gives its share. */
function draw(length: number, count: number, seed: number, blockRows: number): Uint32Array {
  const held = new Uint32Array(count);
  let taken = 0;
  for (let start = 0; start < length; start += blockRows) {
    const rows = Math.min(blockRows, length - start);
    const order = shuffled(rows, Random.seeded(seed, start === 0 ? 'validation' : `validation:${start}`));
    const share = Math.round((count * (start + rows)) / length) - taken;
    held.set(
      order.subarray(0, share).map((i) => start + i),
      taken,
    );
    taken += share;
  }
  return held.sort();
}

/** How many of `held` (in order) come before the `i`th number that is not among them. */
function heldBefore(held: Uint32Array, i: number): number {
  let [low, high] = [0, held.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (held[middle]! - middle <= i) low = middle + 1;
    else high = middle;
  }
  return low;
}

const view = (examples: Examples, length: number, number: (i: number) => number): Examples => ({
  length,
  at: (i) => (i >= 0 && i < length ? examples.at(number(i)) : undefined),
  tokensAt: (i) => tokensAt(examples, number(i)),
});
