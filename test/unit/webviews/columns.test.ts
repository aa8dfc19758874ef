import { describe, expect, it } from 'vitest';
import { MovingAverage } from '../../../webviews/run/average.ts';
import { Column, Quotient } from '../../../webviews/run/column.ts';
import { Counts } from '../../../webviews/run/counts.ts';
import { limitsOf } from '../../../webviews/run/limits.ts';
import { bucketsOf, means, spikes } from '../../../webviews/run/lines.ts';
import { Ramp } from '../../../webviews/run/ramp.ts';
import { panned, selected, zoomed } from '../../../webviews/run/range.ts';
import { Steps } from '../../../webviews/run/steps.ts';

const noise = (i: number) => Math.fround(2 + Math.sin(i * 12.9898) * 0.1);
const column = (length: number, value: (i: number) => number = noise) => {
  const made = new Column();
  for (let i = 0; i < length; i++) made.push(value(i));
  return made;
};
/** Rows 0 … length - 1 at steps 1 … length. */
const rows = (length: number) => {
  const steps = new Steps();
  for (let i = 1; i <= length; i++) steps.push(i);
  return { length, x: (row: number) => steps.at(row), lowerBound: (x: number) => steps.lowerBound(x) };
};

describe('Column', () => {
  it('finds the extremes of any range as reading it would', () => {
    const values = column(40_000, (i) => (i % 977 === 0 ? Number.NaN : noise(i * i)));
    for (const [from, to] of [
      [0, 40_000],
      [63, 129],
      [64, 128],
      [100, 101],
      [16_300, 16_500],
      [977, 978],
    ] as const) {
      // biome-ignore format: ranges
      const finite = Array.from({ length: to - from }, (_, i) => values.at(from + i)).filter(Number.isFinite);
      const { low, high, gap } = values.extremes(from, to);
      if (finite.length > 0) {
        expect(values.at(low)).toBe(Math.min(...finite));
        expect(values.at(high)).toBe(Math.max(...finite));
      } else expect([low, high]).toEqual([-1, -1]);
      const last = Math.floor((to - 1) / 977) * 977;
      expect(gap).toBe(last >= from ? last : -1);
    }
  });

  it('forgets what was taken back, in the extremes too', () => {
    const values = column(16_450, (i) => (i === 16_440 ? 99 : 1));
    values.truncate(16_430);
    values.push(7);
    expect([values.length, values.at(values.extremes().high)]).toEqual([16_431, 7]);
  });
});

describe('Ramp', () => {
  it('keeps seconds over weeks to a part of a step, the ends of a block exactly', () => {
    const ramp = new Ramp();
    for (let i = 0; i < 10_000; i++) ramp.push(2e6 + i * 0.31);
    for (let i = 0; i < 10_000; i++) expect(Math.abs(ramp.at(i) - (2e6 + i * 0.31))).toBeLessThan(0.001);
    expect(ramp.lowerBound(2e6 + 0.31 * 5000 - 0.1)).toBe(5000);
  });

  it('never falls, and goes on after values were taken back', () => {
    const ramp = new Ramp();
    for (let i = 0; i < 600; i++) ramp.push(i);
    ramp.truncate(300);
    for (const value of [250, 400]) ramp.push(value);
    expect([298, 299, 300, 301].map((i) => Math.round(ramp.at(i)))).toEqual([298, 299, 299, 400]);
  });
});

describe('Steps', () => {
  it('finds steps across lines that a crash tore', () => {
    const steps = new Steps();
    for (const step of [1, 2, 3, 7, 8]) steps.push(step);
    expect([0, 1, 2, 3, 4].map((row) => steps.at(row))).toEqual([1, 2, 3, 7, 8]);
    expect([0, 2, 2.5, 4, 7, 8, 9].map((step) => steps.lowerBound(step))).toEqual([0, 1, 2, 3, 3, 4, 5]);
    steps.truncate(3);
    steps.push(4);
    expect([steps.at(3), steps.lowerBound(4)]).toEqual([4, 3]);
  });
});

describe('MovingAverage', () => {
  const values = column(1000, (i) => (i === 500 ? Number.NaN : noise(i)));
  /** The mean with weights 0.9^k, of the finite values. */
  const whole = Array.from({ length: 1000 }, (_, i) => {
    let [sum, weights] = [0, 0];
    for (let k = i, w = 1; k >= 0; k--) {
      const y = values.at(k);
      if (!Number.isFinite(y)) continue;
      [sum, weights, w] = [sum + w * y, weights + w, w * 0.9];
    }
    return sum / weights;
  });

  it('is the debiased average of all values, from any place on', () => {
    const average = new MovingAverage(values, 0.9);
    for (const i of [0, 1, 63, 64, 65, 499, 501, 999]) expect(average.at(i)).toBeCloseTo(whole[i]!, 12);
    expect(average.at(500)).toBeNaN();
  });

  it('has means over blocks as over single averages', () => {
    const wanted = whole.slice(10, 450).reduce((sum, y) => sum + y, 0) / 440;
    expect(new MovingAverage(values, 0.9).mean(10, 450)).toBeCloseTo(wanted, 10);
  });

  it('follows a column that grows, and one that was cut', () => {
    const growing = column(100, () => 1);
    const average = new MovingAverage(growing, 0.5);
    expect(average.at(99)).toBeCloseTo(1, 12);
    growing.truncate(0);
    for (let i = 0; i < 100; i++) growing.push(3);
    expect(average.at(99)).toBeCloseTo(3, 12);
  });
});

describe('what is drawn', () => {
  it('keeps the first, the last and one-step spikes of a million steps', () => {
    const values = column(1_000_000);
    const spiked = column(1_000_000, (i) => (i === 777_777 ? 9 : i === 333_333 ? -9 : noise(i)));
    const line = spikes(rows(1e6), spiked, bucketsOf(rows(1e6), { from: 0, to: 1e6, columns: 600 }));
    expect(line.x.length).toBeLessThanOrEqual(2 * 600 + 2);
    expect([line.x[0], line.x.at(-1)]).toEqual([1, 1e6]);
    expect([line.y[0], line.y.at(-1)]).toEqual([values.at(0), values.at(999_999)]);
    expect(line.y[line.x.indexOf(777_778)]).toBe(9);
    expect(line.y[line.x.indexOf(333_334)]).toBe(-9);
    expect(line.x).toEqual([...new Set(line.x)].sort((a, b) => a - b));
  });

  it('is every step of a range that has room for them, and one more at each side', () => {
    const line = spikes(rows(1e5), column(1e5), bucketsOf(rows(1e5), { from: 5000, to: 5300, columns: 100 }));
    expect([line.x[0], line.x.at(-1), line.x.length]).toEqual([4999, 5301, 303]);
  });

  it('keeps a gap, so that a NaN loss is seen as one', () => {
    const values = column(1e5, (i) => (i === 5000 ? Number.NaN : 1));
    const line = spikes(rows(1e5), values, bucketsOf(rows(1e5), { from: 0, to: 1e5, columns: 50 }));
    expect(line.y[line.x.indexOf(5001)]).toBeNaN();
  });

  it('is the mean of each pixel for an average, with its ends', () => {
    const average = new MovingAverage(column(1e5), 0.5);
    const line = means(rows(1e5), average, bucketsOf(rows(1e5), { from: 0, to: 1e5, columns: 100 }));
    expect([line.x[0], line.x.at(-1), line.y[0], line.y.at(-1)]).toEqual([1, 1e5, average.at(0), average.at(99_999)]);
    for (const y of line.y.slice(1, -1)) expect(Math.abs(y - 2)).toBeLessThan(0.01);
  });

  it('is nothing of a run without steps, and all of one with a single step', () => {
    for (const length of [0, 1]) {
      const line = spikes(rows(length), column(length), bucketsOf(rows(length), { from: 0, to: 1, columns: 100 }));
      expect(line.x).toHaveLength(length);
    }
  });
});

describe('limits', () => {
  const lines = [{ x: [1, 2, 3, 4], y: [-1, 0.5, 2, 90] }];
  it('are of what is within the range; a logarithmic axis leaves out what it has no place for', () => {
    expect(limitsOf(lines, { from: 1, to: 3 }, false)).toEqual({ min: -1, max: 2, leavesOut: false });
    expect(limitsOf(lines, { from: 1, to: 3 }, true)).toEqual({ min: 0.5, max: 2, leavesOut: true });
    expect(limitsOf([{ x: [1], y: [-3] }], { from: 0, to: 2 }, true)).toEqual({ min: 0.1, max: 1, leavesOut: true });
  });
});

describe('the range', () => {
  const full = { from: 0, to: 1000 };
  it('zooms around a place, not nearer than it may, and is everything again at the end', () => {
    expect(zoomed(full, full, 250, 0.5, 4)).toEqual({ from: 125, to: 625 });
    expect(zoomed({ from: 10, to: 16 }, full, 13, 0.1, 4)).toEqual({ from: 11, to: 15 });
    expect(zoomed({ from: 125, to: 625 }, full, 250, 4, 4)).toBeUndefined();
  });
  it('stays within the data', () => {
    expect(panned({ from: 100, to: 300 }, full, -2)).toEqual({ from: 0, to: 200 });
    expect(selected(900, 1200, full, full, 4)).toEqual({ from: 700, to: 1000 });
  });
});

describe('Counts', () => {
  it('has each number and the sum up to it, small and large, and finds the place of a sum', () => {
    const counts = new Counts();
    const numbers = Array.from({ length: 20_000 }, (_, i) => (i === 17_000 ? 70_000 : 1000 + (i % 7)));
    for (const number of numbers) counts.push(number);
    let sum = 0;
    numbers.forEach((number, i) => {
      sum += number;
      if (i % 613 === 0 || i === 17_000) {
        expect([counts.of(i), counts.at(i)]).toEqual([number, sum]);
        expect([counts.lowerBound(sum), counts.lowerBound(sum + 1)]).toEqual([i, i + 1]);
      }
    });
    expect([counts.last(), counts.lowerBound(0), counts.lowerBound(sum + 1)]).toEqual([sum, 0, 20_000]);
  });

  it('counts what is no number as nothing, and goes on after numbers were taken back', () => {
    const counts = new Counts();
    for (const number of [5, Number.NaN, 7, 9]) counts.push(number);
    counts.truncate(3);
    counts.push(1);
    expect([0, 1, 2, 3].map((i) => counts.at(i))).toEqual([5, 5, 12, 13]);
  });
});

describe('Quotient', () => {
  it('has extremes of what it does not keep, and forgets what is taken back', () => {
    const [upper, lower] = [new Counts(), new Column()];
    for (let i = 0; i < 1000; i++) {
      upper.push(100);
      lower.push(i === 500 ? 1 : 50);
    }
    const seconds = new Quotient(upper, lower);
    seconds.follow(1000);
    expect([seconds.extremes().high, seconds.at(500), seconds.at(0)]).toEqual([500, 100, 2]);
    seconds.follow(400);
    expect([seconds.length, seconds.extremes().high, seconds.version]).toEqual([400, 0, 1]);
  });
});
