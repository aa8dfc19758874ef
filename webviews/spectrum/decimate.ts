/** A curve over thousands of ranks as the few points that a plot can show. Pure. */
import type { Point } from '../shared/series.ts';

/** A plot's horizontal axis: from … to over `columns` pixels. */
export interface AxisRange {
  from: number;
  to: number;
  logarithmic: boolean;
  columns: number;
}

/** Pixels from the axis's start; a logarithmic axis has nothing at or below 0. */
export function columnOf(x: number, { from, to, logarithmic, columns }: AxisRange): number {
  const share = logarithmic ? Math.log(x / from) / Math.log(to / from) : (x - from) / (to - from);
  return (to > from ? share : 0) * columns;
}

/** Where a pixel column begins: the inverse of `columnOf`. */
const startOf = (column: number, { from, to, logarithmic, columns }: AxisRange): number =>
  logarithmic ? from * (to / from) ** (column / columns) : from + ((to - from) * column) / columns;

/**
 * The smallest and the largest value of each pixel column, and both ends: no step of the curve is lost. Point i stands at x = first + i.
 * @param axis to > from.
 */
export function decimate(values: ArrayLike<number>, first: number, axis: AxisRange): Point[] {
  const kept: Point[] = [];
  const keep = (i: number) => kept.push({ x: first + i, y: values[i]! });
  const start = axis.logarithmic && first < 1 ? 1 - first : 0;
  const last = values.length - 1;
  let column = Math.floor(columnOf(first + start, axis));
  for (let i = start; i <= last; column++) {
    const end = Math.min(values.length, Math.ceil(startOf(column + 1, axis)) - first);
    if (end <= i) continue;
    const begin = i;
    let [low, high] = [i, i];
    for (; i < end; i++) {
      if (values[i]! < values[low]!) low = i;
      if (values[i]! > values[high]!) high = i;
    }
    if (begin === start && low !== begin && high !== begin) keep(begin);
    keep(Math.min(low, high));
    if (low !== high) keep(Math.max(low, high));
    if (end > last && low !== last && high !== last) keep(last);
  }
  return kept;
}

/**
 * Drops points that a straight line between their neighbours shows within `tolerance` pixels (the swinging door of Bristol 1990): a smooth
 * curve needs a tenth of its points. Not-finite values end a line and stay.
 * @param pixel where a point is drawn.
 */
export function straighten(
  points: readonly Point[],
  pixel: (point: Point) => { x: number; y: number },
  tolerance = 0.15,
): Point[] {
  const kept: Point[] = [];
  let anchor: { x: number; y: number } | undefined;
  let before: Point | undefined;
  let [lowest, highest] = [-Infinity, Infinity];
  const restart = (point: Point, at: { x: number; y: number }) => {
    kept.push(point);
    anchor = at;
    [lowest, highest] = [-Infinity, Infinity];
  };
  for (const point of points) {
    const at = pixel(point);
    if (!Number.isFinite(at.y)) {
      if (before) kept.push(before);
      kept.push(point);
      [anchor, before] = [undefined, undefined];
      continue;
    }
    if (!anchor) {
      restart(point, at);
      continue;
    }
    const slope = (dy: number) => (at.x > anchor!.x ? (at.y + dy - anchor!.y) / (at.x - anchor!.x) : Number.NaN);
    const here = slope(0);
    if (before && !(here >= lowest && here <= highest)) restart(before, pixel(before));
    // Within a pixel column there is no slope: its points start anew.
    if (!(at.x > anchor.x)) {
      restart(point, at);
      before = undefined;
      continue;
    }
    lowest = Math.max(lowest, slope(-tolerance));
    highest = Math.min(highest, slope(tolerance));
    before = point;
  }
  if (before) kept.push(before);
  return kept;
}
