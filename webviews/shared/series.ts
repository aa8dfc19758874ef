/** Point series as charts need them: look-up. Everything here is pure. */
export interface Point {
  x: number;
  y: number;
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
