import { describe, expect, it } from 'vitest';
import { lastPointAt, lowerBound, nearestPoint } from '../../../webviews/shared/series.ts';

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
