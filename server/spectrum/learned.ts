/** What a method learned at one matrix, as the method declares it: numbers with titles. Large ones are cut down to bins here. Pure. */

/** What stands in the charts' titles and axes. */
interface Titled {
  /** "z" */
  title: string;
  /** One sentence for people: where the numbers stand in the method's formula. */
  about: string;
  /** The value that changes nothing, or that all began with. */
  neutral: number;
}

export interface VectorItem extends Titled {
  kind: 'vector';
  /** What its index counts: "singular index". */
  index: string;
  values: ArrayLike<number>;
  /** Curves over the same index that say what the values come to: S and S ⊙ z. */
  beside?: { title: string; values: ArrayLike<number> }[];
}

interface Table extends Titled {
  rows: string;
  columns: string;
  shape: readonly [rows: number, columns: number];
}

/** Row-major. */
export interface MatrixItem extends Table {
  kind: 'matrix';
  values: ArrayLike<number>;
}

/** The value at (places.rows[i], places.columns[i]) is values[i]. */
export interface SparseItem extends Table {
  kind: 'sparse';
  places: { rows: ArrayLike<number>; columns: ArrayLike<number> };
  values: ArrayLike<number>;
}

export type LearnedItem = VectorItem | MatrixItem | SparseItem;

export interface Learned {
  items: LearnedItem[];
  /** The rank that the method has left the matrix, where it takes ranks away. */
  rank?: number;
}

/** Of all numbers of an item that are finite. */
export interface LearnedSummary {
  entries: number;
  low: number;
  high: number;
  /** √ of the mean of (value − neutral)²: how far from a start that changes nothing. */
  distance: number;
}

/** One number of an item; `row` alone where it is a vector. Places count from 0. */
export interface LearnedEntry {
  row: number;
  column?: number;
  value: number;
}

/** Numbers of a vector, and bins on a side of a table, that are kept at most. */
export const vectorLimit = 8192;
export const tableLimit = 128;
const largestCount = 8;

/** As many neighbours in one bin as bring `length` below `limit`. */
export const binOf = (length: number, limit: number): number => Math.max(1, Math.ceil(length / limit));

/** Each bin's value furthest from neutral, so that nothing that stands out is lost; NaN where a bin is empty. */
export function binned({ values, neutral }: Pick<VectorItem, 'values' | 'neutral'>, bin: number): Float32Array {
  const result = new Float32Array(Math.ceil(values.length / bin)).fill(Number.NaN);
  for (let i = 0; i < values.length; i++) keepFurthest(result, Math.floor(i / bin), values[i]!, neutral);
  return result;
}

/** The same of a table, in bins of bin[0] rows and bin[1] columns: row-major. */
export function binnedTable(item: MatrixItem | SparseItem, bin: readonly [number, number]): Float32Array {
  const [rows, columns] = item.shape.map((size, side) => Math.ceil(size / bin[side]!)) as [number, number];
  const result = new Float32Array(rows * columns).fill(Number.NaN);
  for (let i = 0; i < item.values.length; i++) {
    const { row, column } = placeOf(item, i);
    const at = Math.floor(row / bin[0]) * columns + Math.floor(column! / bin[1]);
    keepFurthest(result, at, item.values[i]!, item.neutral);
  }
  return result;
}

function keepFurthest(into: Float32Array, at: number, value: number, neutral: number): void {
  const before = into[at]!;
  if (Number.isNaN(before) || Math.abs(value - neutral) > Math.abs(before - neutral)) into[at] = value;
}

export function summaryOf({ values, neutral }: LearnedItem): LearnedSummary {
  let [low, high, squares, finite] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    finite++;
    low = Math.min(low, value);
    high = Math.max(high, value);
    squares += (value - neutral) ** 2;
  }
  if (finite === 0) return { entries: values.length, low: neutral, high: neutral, distance: 0 };
  return { entries: values.length, low, high, distance: Math.sqrt(squares / finite) };
}

/** The entries furthest from neutral, the furthest first. */
export function largestOf(item: LearnedItem): LearnedEntry[] {
  const { values, neutral } = item;
  const far = (i: number) => Math.abs(values[i]! - neutral);
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!) || (best.length === largestCount && far(i) <= far(best.at(-1)!))) continue;
    const at = best.findIndex((other) => far(i) > far(other));
    best.splice(at < 0 ? best.length : at, 0, i);
    best.length = Math.min(best.length, largestCount);
  }
  return best.map((i) => ({ ...placeOf(item, i), value: values[i]! }));
}

function placeOf(item: LearnedItem, i: number): { row: number; column?: number } {
  switch (item.kind) {
    case 'vector':
      return { row: i };
    case 'matrix':
      return { row: Math.floor(i / item.shape[1]), column: i % item.shape[1] };
    case 'sparse':
      return { row: item.places.rows[i]!, column: item.places.columns[i]! };
  }
}
