/** Large things that methods learned, cut down to what a page can show. */
import { expect, test } from 'vitest';
import {
  binned,
  binnedTable,
  largestOf,
  type MatrixItem,
  type SparseItem,
  summaryOf,
  type VectorItem,
} from '../../../server/spectrum/learned.ts';

const titles = { title: 'x', about: '', neutral: 0 };
const vector = (values: number[], neutral = 0): VectorItem => ({ ...titles, kind: 'vector', index: 'i', values, neutral }); // biome-ignore format: one line
const table = { ...titles, rows: 'r', columns: 'c' };

test('a bin keeps the number furthest from what changes nothing, with its sign', () => {
  expect([...binned(vector([1.1, 0.2, 1, 1.5, 1], 1), 2)]).toEqual([0.2, 1.5, 1].map(Math.fround));
});

test('a dense table in bins that do not divide it', () => {
  const item: MatrixItem = { ...table, kind: 'matrix', shape: [3, 3], values: [1, -2, 3, 4, 0, 0, 0, 5, -6] };
  expect([...binnedTable(item, [2, 2])]).toEqual([4, 3, 5, -6]);
});

test('a sparse table: bins without an entry are empty, not 0', () => {
  const item: SparseItem = {
    ...table,
    kind: 'sparse',
    shape: [8192, 8192],
    places: { rows: [0, 1, 8191], columns: [1, 0, 64] },
    values: [0.5, -0.75, 0],
  };
  const cells = binnedTable(item, [64, 64]);
  expect(cells).toHaveLength(128 * 128);
  expect(cells[0]).toBe(-0.75);
  expect(cells[127 * 128 + 1]).toBe(0);
  expect(cells.filter((value) => !Number.isNaN(value))).toHaveLength(2);
  expect(largestOf(item).slice(0, 2)).toEqual([
    { row: 1, column: 0, value: -0.75 },
    { row: 0, column: 1, value: 0.5 },
  ]);
});

test('the largest are the eight furthest from neutral, the first of equal ones', () => {
  const values = [1, 2, 0, 1, 5, 1.5, 1, 1, -1, 3, 0.5, 1.75];
  expect(largestOf(vector(values, 1)).map(({ row }) => row)).toEqual([4, 8, 9, 1, 2, 11, 5, 10]);
});

test('the summary is of all numbers that are finite', () => {
  const { entries, low, high, distance } = summaryOf(vector([1, Number.NaN, 3, -1], 1));
  expect([entries, low, high]).toEqual([4, -1, 3]);
  expect(distance).toBeCloseTo(Math.sqrt(8 / 3), 12);
  expect(summaryOf(vector([], 1))).toEqual({ entries: 0, low: 1, high: 1, distance: 0 });
});
