/**
 * Several examples in one row, so that little is padding. Examples are put together within each `windowRows` neighbours, first-fit
 * decreasing: which row holds which examples depends on nothing but their lengths, epochs shuffle whole rows, and of large data only the
 * plans of windows that were used last are in memory.
 */
import { lastUsed } from './last-used.ts';
import { type Example, type Examples, ignored, type Labels, tokensAt } from './types.ts';

const usual = { windowRows: 4096, keptPlans: 4096 };

/** The examples of each row of a window, one after another; row r is `numbers` from `starts[r]` to `starts[r + 1]`. */
interface Plan {
  numbers: Uint32Array;
  starts: Uint32Array;
}

export class PackedExamples implements Examples {
  readonly length: number;
  /** Number of the first row of each window, and of all rows. */
  private readonly firstRows: Float64Array;
  /** Of a window. */
  private readonly plan: (window: number) => Plan;
  private readonly examples: Examples;

  /** Rows of at most `maxLength` tokens; no example may be longer. Looks at all lengths once. */
  constructor(examples: Examples, maxLength: number, { windowRows, keptPlans } = usual) {
    this.examples = examples;
    this.plan = lastUsed(keptPlans, (window) => {
      const first = window * windowRows;
      const rows = Math.min(windowRows, examples.length - first);
      const lengths = Uint32Array.from({ length: rows }, (_, i) => tokensAt(examples, first + i));
      return planOf(lengths, maxLength, first);
    });
    const windows = Math.ceil(examples.length / windowRows);
    this.firstRows = new Float64Array(windows + 1);
    for (let w = 0; w < windows; w++) this.firstRows[w + 1] = this.firstRows[w]! + this.plan(w).starts.length - 1;
    this.length = this.firstRows[windows]!;
  }

  at(row: number): Example | undefined {
    return row >= 0 && row < this.length ? joined(this.numbersOf(row).map((i) => this.examples.at(i)!)) : undefined;
  }

  tokensAt(row: number): number {
    return this.numbersOf(row).reduce((sum, i) => sum + tokensAt(this.examples, i), 0);
  }

  /** Of the examples that a row holds. */
  numbersOf(row: number): number[] {
    let [low, high] = [0, this.firstRows.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.firstRows[middle]! <= row) low = middle;
      else high = middle;
    }
    const { numbers, starts } = this.plan(low);
    const r = row - this.firstRows[low]!;
    return Array.from(numbers.subarray(starts[r], starts[r + 1]));
  }
}

/** First-fit decreasing, examples of one length in their order; rows in the order of their first example, and so are the examples of a row. */
function planOf(lengths: Uint32Array, maxLength: number, first: number): Plan {
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b]! - lengths[a]!);
  const room = new FirstFit(lengths.length, maxLength);
  const rows: number[][] = [];
  for (const i of order) {
    const row = room.take(lengths[i]!);
    rows[row] ??= [];
    rows[row].push(first + i);
  }
  for (const row of rows) row.sort((a, b) => a - b);
  rows.sort((a, b) => a[0]! - b[0]!);
  const starts = new Uint32Array(rows.length + 1);
  for (const [r, row] of rows.entries()) starts[r + 1] = starts[r]! + row.length;
  return { numbers: Uint32Array.from(rows.flat()), starts };
}

/** Bins of equal size, in a tree of the most room in each half, so that the first one with enough is found in log n steps. */
class FirstFit {
  private readonly most: Float64Array;
  private readonly leaves: number;

  constructor(bins: number, size: number) {
    this.leaves = 2 ** Math.ceil(Math.log2(Math.max(1, bins)));
    this.most = new Float64Array(2 * this.leaves).fill(size);
  }

  /** The first bin with room for `length`, which it takes. */
  take(length: number): number {
    let node = 1;
    while (node < this.leaves) node = this.most[2 * node]! >= length ? 2 * node : 2 * node + 1;
    const bin = node - this.leaves;
    this.most[node] = this.most[node]! - length;
    for (node >>= 1; node >= 1; node >>= 1) this.most[node] = Math.max(this.most[2 * node]!, this.most[2 * node + 1]!);
    return bin;
  }
}

/** One row. Masked tokens are left out, and the first label of each example, which the example before would have to predict. */
function joined(parts: readonly Example[]): Example {
  const real = parts.map(withoutPadding);
  const length = real.reduce((sum, { ids }) => sum + ids.length, 0);
  const row = {
    ids: new Int32Array(length),
    mask: new Int32Array(length),
    positions: new Int32Array(length),
    labels: new Int32Array(length),
  };
  let at = 0;
  for (const [number, { ids, labels }] of real.entries()) {
    row.ids.set(ids, at);
    row.labels.set(labels, at);
    if (ids.length > 0) row.labels[at] = ignored;
    row.mask.fill(number + 1, at, at + ids.length);
    for (let i = 0; i < ids.length; i++) row.positions[at + i] = i;
    at += ids.length;
  }
  return row;
}

function withoutPadding({ ids, mask, labels }: Example): { ids: Int32Array; labels: Labels } {
  if (!mask) return { ids, labels };
  const real = (_: number, i: number) => mask[i] !== 0;
  return { ids: ids.filter(real), labels: labels.filter(real) };
}
