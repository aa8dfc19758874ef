import { describe, expect, it } from 'vitest';
import { shareWithin } from '../../../../server/spectrum/measures.ts';
import {
  binsFor,
  countFrom,
  edgesOf,
  logarithmicRange,
  outlineOf,
  shareBetween,
  sharesOf,
} from '../../../../webviews/spectrum/histogram.ts';

const values = Float32Array.of(4, 2, 1, 1, 0.5, 0.25, 0);

describe('histogram', () => {
  it('counts values from a bound on, with or without it', () => {
    expect(countFrom(values, 1)).toBe(4);
    expect(countFrom(values, 1, true)).toBe(2);
    expect(countFrom(values, 0)).toBe(7);
    expect(countFrom(values, 5)).toBe(0);
  });

  it('has the share in an interval as the measures have it, ends included', () => {
    for (const [low, high] of [
      [0.1, 1.1],
      [0, 0],
      [1, 1],
      [0.25, 4],
      [5, 9],
    ] as const)
      expect(shareBetween(values, low, high)).toBeCloseTo(shareWithin(values, low, high), 12);
    expect(shareBetween(values, 2, 1)).toBe(0);
    expect(shareBetween(new Float32Array(0), 0, 1)).toBe(0);
  });

  it('puts each value into one linear bin, the largest into the last', () => {
    const edges = edgesOf(0, 4, 4, false);
    expect([...edges]).toEqual([0, 1, 2, 3, 4]);
    expect([...sharesOf(values, edges)].map((share) => Math.round(share * 7))).toEqual([3, 2, 1, 1]);
  });

  it('has as many bins as there are values to fill them', () => {
    expect([4, 160, 768, 8192].map(binsFor)).toEqual([12, 19, 42, 60]);
  });

  it('draws each bar between its own edges', () => {
    const corners = outlineOf(Float64Array.of(0, 1, 2), Float64Array.of(0.75, 0.25));
    expect(corners.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [0, 0.75],
      [1, 0.75],
      [1, 0.25],
      [2, 0.25],
      [2, 0],
    ]);
  });

  it('has logarithmic bins of equal ratios', () => {
    const edges = edgesOf(0.25, 4, 4, true);
    expect([...edges]).toEqual([0.25, 0.5, 1, 2, 4].map((edge) => expect.closeTo(edge, 9)));
  });

  it('shows zeros on no logarithmic axis', () => {
    expect(logarithmicRange([values])).toEqual([0.25, 4]);
    expect(logarithmicRange([new Float32Array(3)])).toBeUndefined();
    expect(logarithmicRange([Float32Array.of(2, 2)])).toEqual([1, 4]);
    expect(logarithmicRange([Float32Array.of(1, 1e-12)])).toEqual([0.5, 2]);
  });
});
