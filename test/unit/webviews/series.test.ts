import { describe, expect, it } from 'vitest';
import { lastPointAt, lowerBound, nearestPoint, type Point, smooth, thin } from '../../../webviews/shared/series.ts';

const series = (...values: number[]): Point[] => values.map((y, i) => ({ x: i + 1, y }));
const noisy = (n: number): Point[] =>
  Array.from({ length: n }, (_, i) => ({ x: i + 1, y: 2 + Math.sin(i * 12.9898) * 0.1 }));

describe('smooth', () => {
  it('divides the start-up bias out: a constant stays itself from the first point', () => {
    for (const { y } of smooth(series(3, 3, 3, 3), 0.99)) expect(y).toBeCloseTo(3, 12);
  });

  it('equals the weighted mean with weights w^k', () => {
    const [, , third] = smooth(series(1, 2, 4), 0.5);
    expect(third!.y).toBeCloseTo((4 + 0.5 * 2 + 0.25 * 1) / 1.75, 12);
  });

  it('leaves a gap at a value that is not finite and goes on as if it had not been', () => {
    const [, gap, after] = smooth(series(2, Number.NaN, 4), 0.5);
    expect(gap!.y).toBeNaN();
    expect(after!.y).toBeCloseTo((4 + 0.5 * 2) / 1.5, 12);
  });

  it('with weight 0 changes nothing', () => {
    expect(smooth(series(1, 5, 2), 0)).toEqual(series(1, 5, 2));
  });
});

describe('thin', () => {
  it('keeps every point while they fit', () => {
    expect(thin(noisy(400), 100)).toHaveLength(400);
  });

  it('keeps the first, the last and a one-step spike among 100,000 steps', () => {
    const points = noisy(100_000);
    points[77_777]!.y = 9;
    points[33_333]!.y = -9;
    const kept = thin(points, 600);
    expect(kept.length).toBeLessThanOrEqual(3 * 600 + 2);
    expect(kept[0]).toBe(points[0]);
    expect(kept.at(-1)).toBe(points.at(-1));
    expect(kept).toContain(points[77_777]);
    expect(kept).toContain(points[33_333]);
  });

  it('stays in order without repeating a point', () => {
    const xs = thin(noisy(10_000), 50).map(({ x }) => x);
    expect(xs).toEqual([...new Set(xs)].sort((a, b) => a - b));
  });

  it('keeps a gap, so that a NaN loss is seen as one', () => {
    const points = noisy(10_000);
    points[5000]!.y = Number.NaN;
    expect(thin(points, 50)).toContain(points[5000]);
  });

  it('cuts the range first and then thins: zooming in brings the detail back', () => {
    const kept = thin(noisy(100_000), 100, 5000, 5300);
    expect(kept[0]!.x).toBe(4999);
    expect(kept).toHaveLength(303);
  });
});

describe('looking up', () => {
  it('finds the nearest point, the earlier one on a tie', () => {
    const points = [10, 20, 40].map((x) => ({ x, y: 0 }));
    expect([0, 14, 15, 16, 29, 31, 99].map((x) => nearestPoint(points, x)!.x)).toEqual([10, 10, 10, 20, 20, 40, 40]);
    expect(nearestPoint([], 1)).toBeUndefined();
  });

  it('finds the first point not below x', () => {
    const points = [1, 2, 2, 5].map((x) => ({ x, y: 0 }));
    expect([0, 2, 3, 6].map((x) => lowerBound(points, x))).toEqual([0, 1, 3, 4]);
  });
});

describe('lastPointAt', () => {
  it('finds what holds at a place: nothing before the first', () => {
    const points = [{ x: 2, y: 9 }, { x: 5, y: 7 }]; // biome-ignore format: points
    expect([1, 2, 4, 5, 50].map((x) => lastPointAt(points, x)?.y)).toEqual([undefined, 9, 9, 7, 7]);
  });
});
