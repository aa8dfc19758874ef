import { describe, expect, it } from 'vitest';
import { columnOf, decimate, straighten } from '../../../../webviews/spectrum/decimate.ts';

const linear = (columns: number, to = 8192) => ({ from: 0, to, logarithmic: false, columns });
const power = Float32Array.from({ length: 8192 }, (_, i) => (i + 1) ** -0.5);

describe('decimate', () => {
  it('keeps every value while each has a pixel of its own', () => {
    const points = decimate(Float32Array.of(3, 2, 1), 1, linear(300, 3));
    expect(points).toEqual([
      { x: 1, y: 3 },
      { x: 2, y: 2 },
      { x: 3, y: 1 },
    ]);
  });

  it('keeps the ends and at most two values a pixel column', () => {
    const points = decimate(power, 1, linear(500));
    expect(points.length).toBeLessThanOrEqual(2 * 501 + 2);
    expect(points[0]).toEqual({ x: 1, y: 1 });
    expect(points.at(-1)).toEqual({ x: 8192, y: power[8191] });
  });

  it('loses no step inside of a column', () => {
    const values = new Float32Array(8192).fill(1);
    values[4003] = 0.25;
    const points = decimate(values, 1, linear(100));
    expect(points).toContainEqual({ x: 4004, y: 0.25 });
  });

  it('is as fine at the start of a logarithmic axis as the pixels are', () => {
    const points = decimate(power, 1, { from: 1, to: 8192, logarithmic: true, columns: 500 });
    expect(points.slice(0, 4).map(({ x }) => x)).toEqual([1, 2, 3, 4]);
    expect(points.length).toBeLessThan(1000);
  });

  it('leaves rank 0 out of a logarithmic axis', () => {
    const points = decimate(Float64Array.of(0, 0.5, 1), 0, { from: 1, to: 2, logarithmic: true, columns: 100 });
    expect(points.map(({ x }) => x)).toEqual([1, 2]);
  });

  it('puts the axis onto its pixels', () => {
    expect(columnOf(10, { from: 1, to: 100, logarithmic: true, columns: 200 })).toBeCloseTo(100, 9);
    expect(columnOf(25, { from: 0, to: 100, logarithmic: false, columns: 200 })).toBe(50);
  });
});

describe('straighten', () => {
  const pixel = ({ x, y }: { x: number; y: number }) => ({ x: x / 10, y: 300 * y });

  it('makes two points of a straight line', () => {
    const line = Array.from({ length: 500 }, (_, x) => ({ x, y: 1 - x / 1000 }));
    expect(straighten(line, pixel)).toEqual([line[0], line.at(-1)]);
  });

  it('leaves no dropped point further from the line than the tolerance', () => {
    const falling = Array.from(power.subarray(0, 4000), (y, x) => ({ x, y }));
    const rising = falling.map(({ x, y }) => ({ x, y: 1 - y }));
    for (const points of [falling, rising]) {
      const kept = straighten(points, pixel, 0.15);
      expect(kept.length).toBeLessThan(400);
      let segment = 0;
      for (const point of points) {
        while (kept[segment + 1]!.x < point.x) segment++;
        const [a, b] = [kept[segment]!, kept[segment + 1]!];
        const line = a.y + ((b.y - a.y) * (point.x - a.x)) / (b.x - a.x);
        expect(300 * Math.abs(line - point.y)).toBeLessThanOrEqual(0.15 + 1e-9);
      }
    }
  });

  it('keeps a step', () => {
    const points = [0, 10, 20, 30, 40].map((x) => ({ x, y: x < 25 ? 1 : 0 }));
    expect(straighten(points, pixel)).toEqual([points[0], points[2], points[3], points[4]]);
  });

  it('ends a line at a value that is not there, and begins anew after it', () => {
    const points = [1, 1, Number.NaN, 1, 1].map((y, x) => ({ x, y }));
    expect(straighten(points, pixel).map(({ x }) => x)).toEqual([0, 1, 2, 3, 4]);
  });
});
