/** What a plot draws of a run's columns: as few points as its pixels can show, with the first, the last and every spike. Pure. */
import type { MovingAverage } from './average.ts';
import { blockSize, type Series } from './column.ts';

/** A polyline; NaN in y is a gap. */
export interface Line {
  x: number[];
  y: number[];
}

/** Where the rows of a run stand on the horizontal axis. x never falls. */
export interface Rows {
  readonly length: number;
  x(row: number): number;
  /** The first row whose x is not below `x`. */
  lowerBound(x: number): number;
}

/** A plot's horizontal axis: from … to over `columns` pixels. */
export interface Frame {
  from: number;
  to: number;
  columns: number;
}

/**
 * Rows at which pixel columns begin, the end of the last one behind them. The rows next to the range belong to it, so that lines run to the
 * plot's edge. Buckets of more than two blocks begin where a block does.
 */
export function bucketsOf(rows: Rows, { from, to, columns }: Frame): number[] {
  const start = Math.max(0, rows.lowerBound(from) - 1);
  const end = Math.min(rows.length, rows.lowerBound(to) + 2);
  const buckets = [start];
  if (end - start <= 4 * columns) for (let row = start + 1; row < end; row++) buckets.push(row);
  else {
    const coarse = end - start >= 2 * blockSize * columns;
    for (let column = 1; column < columns; column++) {
      const row = rows.lowerBound(from + ((to - from) * column) / columns);
      const edge = coarse ? row - (row % blockSize) : row;
      if (edge > buckets.at(-1)! && edge < end) buckets.push(edge);
    }
  }
  if (end > start) buckets.push(end);
  return buckets;
}

/** Smallest and largest value of each bucket, in order; a gap stays one. */
export function spikes(rows: Rows, column: Series, buckets: readonly number[]): Line {
  const line: Line = { x: [], y: [] };
  const add = (row: number) => {
    line.x.push(rows.x(row));
    line.y.push(column.at(row));
  };
  const last = buckets.at(-1)! - 1;
  for (let b = 0; b + 1 < buckets.length; b++) {
    const [from, to] = [buckets[b]!, buckets[b + 1]!];
    if (to - from === 1) {
      add(from);
      continue;
    }
    const { low, high, gap } = column.extremes(from, to);
    const kept = [low, high, gap];
    if (b === 0) kept.push(from);
    if (to - 1 === last) kept.push(last);
    let before = -1;
    for (const row of kept.sort((one, other) => one - other)) {
      if (row > before) add(row);
      before = row;
    }
  }
  return line;
}

/** The mean of each bucket: a moving average has no spikes to keep, and its line stays as thin as it is. */
export function means(rows: Rows, average: MovingAverage, buckets: readonly number[]): Line {
  const line: Line = { x: [], y: [] };
  const add = (x: number, y: number) => {
    line.x.push(x);
    line.y.push(y);
  };
  const [first, end] = [buckets[0]!, buckets.at(-1)!];
  if (end - first === buckets.length - 1) {
    average.each(first, end, (row, y) => add(rows.x(row), y));
    return line;
  }
  add(rows.x(first), average.at(first));
  const middle = (b: number) => (rows.x(buckets[b]!) + rows.x(buckets[b + 1]! - 1)) / 2;
  if (end - first >= 2 * blockSize * (buckets.length - 1))
    for (let b = 0; b + 1 < buckets.length; b++) add(middle(b), average.mean(buckets[b]!, buckets[b + 1]!));
  else {
    // Buckets of less than a block or two: one pass over all rows.
    let [b, sum] = [0, 0];
    average.each(first, end, (row, y) => {
      sum += y;
      const next = buckets[b + 1]!;
      if (row + 1 < next) return;
      add(middle(b), sum / (next - buckets[b]!));
      [b, sum] = [b + 1, 0];
    });
  }
  add(rows.x(end - 1), average.at(end - 1));
  return line;
}
