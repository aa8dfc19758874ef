/** Point series as charts need them: smoothing, faithful thinning, look-up, the front. Everything here is pure. */
export interface Point {
  x: number;
  y: number;
}

/**
 * Exponential moving average with the start-up bias divided out (Kingma & Ba 2015, §3), so that the curve starts at the first
 * value instead of being pulled towards 0. Not-finite values leave a gap and do not enter the average.
 * @param weight in [0, 1): 0 returns the values unchanged.
 */
export function smooth(points: readonly Point[], weight: number): Point[] {
  let mean = 0;
  let bias = 1;
  return points.map(({ x, y }) => {
    if (!Number.isFinite(y)) return { x, y: Number.NaN };
    mean = weight * mean + (1 - weight) * y;
    bias *= weight;
    return { x, y: mean / (1 - bias) };
  });
}

/**
 * Thins `points` (x ascending) for a plot `columns` pixels wide: cuts to [from, to] first and then keeps, per pixel column, the
 * smallest and the largest value, so that no spike is lost; the first and last point stay, and so does one point of each gap. The points next to
 * the range are kept too, so that lines run to the plot's edge.
 */
export function thin(points: readonly Point[], columns: number, from = -Infinity, to = Infinity): Point[] {
  const start = Math.max(0, lowerBound(points, from) - 1);
  const end = Math.min(points.length, lowerBound(points, to) + 2);
  const size = end - start;
  if (columns < 1 || size <= 4 * columns) return points.slice(start, end);

  const left = points[start]!.x;
  const width = (points[end - 1]!.x - left) / columns || 1;
  const kept: number[] = [start];
  for (let i = start; i < end; ) {
    const column = Math.floor((points[i]!.x - left) / width);
    let low = -1;
    let high = -1;
    let gap = -1;
    for (; i < end && Math.floor((points[i]!.x - left) / width) === column; i++) {
      const { y } = points[i]!;
      if (!Number.isFinite(y)) gap = i;
      else {
        if (low < 0 || y < points[low]!.y) low = i;
        if (high < 0 || y > points[high]!.y) high = i;
      }
    }
    for (const index of [low, high, gap].sort((a, b) => a - b)) if (index > kept.at(-1)!) kept.push(index);
  }
  if (kept.at(-1) !== end - 1) kept.push(end - 1);
  return kept.map((index) => points[index]!);
}

/** The point whose x is nearest; undefined when there is none. */
export function nearestPoint(points: readonly Point[], x: number): Point | undefined {
  const after = lowerBound(points, x);
  const [a, b] = [points[after - 1], points[after]];
  if (!a || !b) return a ?? b;
  return x - a.x <= b.x - x ? a : b;
}

/** The point that holds at `x`: the last one that is not after it. */
export function lastPointAt(points: readonly Point[], x: number): Point | undefined {
  const at = lowerBound(points, x);
  return points[at]?.x === x ? points[at] : points[at - 1];
}

/** Index of the first point with x not below `x`; `points.length` when all are below. */
export function lowerBound(points: readonly Point[], x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points[middle]!.x < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What nothing else surpasses: for as small an x no other has as large a y, and more of one; of equals all. The smallest x first. */
export function frontOf<T extends Point>(points: readonly T[]): T[] {
  const front: T[] = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || b.y - a.y)) {
    const last = front.at(-1);
    if (!last || point.y > last.y || (point.y === last.y && point.x === last.x)) front.push(point);
  }
  return front;
}
