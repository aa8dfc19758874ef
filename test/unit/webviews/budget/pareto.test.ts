import { expect, it } from 'vitest';
import { doublings, frontOf, levelsOf, logRange, seriesOf } from '../../../../webviews/budget/pareto.ts';
import { rowsOf } from '../../../../webviews/budget/rows.ts';
import { decades } from '../../../../webviews/shared/axes.ts';
import { comparison, row } from './comparison.ts';

const rows = (...of: ReturnType<typeof row>[]) => rowsOf(comparison(of));
const names = (of: { method: string; trainable: number }[]) =>
  of.map(({ method, trainable }) => `${method} ${trainable}`);

it('the front has what nothing beats in both, and equals together', () => {
  const front = frontOf(
    rows(
      row('lora', 100, 4),
      row('xs', 10, 4),
      row('xs', 40, 8),
      row('svf', 50, 64),
      row('svft', 50, 64, { form: 'plain' }),
      row('dora', 120, 64),
      row('full', 900, 64),
      row('bitfit', 1, 0),
    ),
  );
  expect(names(front)).toEqual(['xs 10', 'xs 40', 'svf 50', 'svft 50']);
});

it('of equal counts the larger rank alone is on the front', () => {
  expect(names(frontOf(rows(row('a', 10, 2), row('b', 10, 4))))).toEqual(['b 10']);
});

it('a method is one line, the fewest parameters first; what changes no matrix is on none', () => {
  const series = seriesOf(rows(row('lora', 20, 2), row('lora', 10, 1), row('bitfit', 5, 0)));
  expect(series.map(({ method, rows: points }) => [method, points.map(({ trainable }) => trainable)])).toEqual([
    ['lora', [10, 20]],
  ]);
});

it('points at one place lie around each other', () => {
  const series = seriesOf(rows(row('pissa', 10, 2), row('milora', 10, 2), row('lora', 10, 1)));
  expect([...levelsOf(series).values()].sort()).toEqual([0, 0, 1]);
});

it('axes have air around their points, one point too, and round ticks', () => {
  const { min, max } = logRange([10, 1000])!;
  expect(min).toBeLessThan(10);
  expect(max).toBeGreaterThan(1000);
  expect(logRange([7])!.min).toBeLessThan(7);
  expect(logRange([])).toBeUndefined();
  expect(decades({ min: 50, max: 2e6 })).toEqual([100, 1000, 1e4, 1e5, 1e6]);
  expect(decades({ min: 40, max: 250 })).toEqual([50, 100, 200]);
  expect(doublings({ min: 0.7, max: 9 })).toEqual([1, 2, 4, 8]);
  expect(doublings({ min: 0.6, max: 6000 })).toEqual([1, 4, 16, 64, 256, 1024, 4096]);
});
