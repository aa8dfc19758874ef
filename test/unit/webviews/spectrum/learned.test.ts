import { describe, expect, it } from 'vitest';
import { encodeFloats } from '../../../../server/base/floats.ts';
import { learnedItem } from '../../../../server/jobs/spectra/learned.ts';
import type { LearnedTable, LearnedVector, SpectrumMatrix } from '../../../../server/protocol/spectrum.ts';
import type { LearnedItem } from '../../../../server/spectrum/learned.ts';
import { learnedCsv } from '../../../../webviews/spectrum/csv.ts';
import {
  aboutOf,
  learnedFacts,
  learnedSummary,
  tableMap,
  valueAt,
  vectorPoints,
  vectorRange,
} from '../../../../webviews/spectrum/learned-maps.ts';

const item = (part: LearnedItem) => learnedItem('q', 'svft', { items: [part] });
const titles = { title: 'M', about: 'Between directions.', neutral: 0 };
const table = (shape: [number, number], entries: [row: number, column: number, value: number][]) =>
  item({
    ...titles,
    kind: 'sparse',
    rows: 'left',
    columns: 'right',
    shape,
    places: { rows: entries.map(([row]) => row), columns: entries.map(([, column]) => column) },
    values: entries.map(([, , value]) => value),
  }).parts[0] as LearnedTable;
const vector = (values: ArrayLike<number>, neutral = 1) =>
  item({ ...titles, kind: 'vector', title: 'z', neutral, index: 'i', values }).parts[0] as LearnedVector;

describe('a table', () => {
  it('has a scale around what is neutral, places in words, and nothing where there is no entry', () => {
    const map = tableMap(table([2, 2], [[0, 1, -2], [1, 1, 0.5]])); // biome-ignore format: places
    expect(map).toMatchObject({ rows: 2, columns: 2, square: true, scale: { low: -2, high: 2, diverging: true } });
    expect(map.describe(0, 1)).toBe('M, left 1, right 2: -2');
    expect(map.describe(0, 0)).toBe('M, left 1, right 1: no entry');
  });

  it('of 8192 directions says what a cell stands for', () => {
    const part = table([8192, 8192], [[0, 0, 0.25], [63, 8191, -1]]); // biome-ignore format: places
    const map = tableMap(part);
    expect([map.rows, map.columns]).toEqual([128, 128]);
    expect(map.describe(0, 127)).toBe('M, left 1–64, right 8,129–8,192: -1');
    expect(aboutOf(part)).toBe(
      'Between directions. Here a cell stands for 64×64 places: the number furthest from 0 is shown.',
    );
    expect(learnedSummary(part)).toBe('M: 2 numbers from -1 to 0.25. The furthest from 0 stands at 64, 8,192: -1.');
    expect(learnedFacts(part).map(({ value }) => value)).toEqual(['2', '0.0000030%', '-1', '0.25', '0.7289']);
  });
});

describe('a vector', () => {
  it('that is short is drawn as bars, one that is long as a curve over its places', () => {
    const short = vector([2, 0.5]);
    const values = Float32Array.of(2, 0.5);
    expect(vectorPoints(values, short, true, 100).map(({ x, y }) => [x, y])).toEqual([[0.5, 2], [1.5, 2], [1.5, 0.5], [2.5, 0.5]]); // biome-ignore format: points
    const long = vector(Float32Array.from({ length: 20_000 }, (_, i) => (i === 9000 ? -4 : 1)));
    expect([long.length, long.bin]).toEqual([20_000, 3]);
    const bins = Float32Array.from({ length: Math.ceil(20_000 / 3) }, (_, i) => (i === 3000 ? -4 : 1));
    expect(long.values).toBe(encodeFloats(bins));
    expect(vectorPoints(bins, long, false, 200).find(({ y }) => y === -4)).toEqual({ x: 9001, y: -4 });
    expect([valueAt(bins, long, 9001), valueAt(bins, long, 9003), valueAt(bins, long, 9004)]).toEqual([-4, -4, 1]);
  });

  it('has an axis that holds what is neutral', () => {
    const { min, max } = vectorRange(vector([2, 3]));
    expect(min).toBe(1);
    expect(max).toBeGreaterThan(3);
    expect(vectorRange(vector([])).max).toBeGreaterThan(1);
  });
});

it('as a table: a number a row, with its place and what the bin holds', () => {
  const matrix: SpectrumMatrix = { name: 'h.0.q', shape: [300, 300], layer: 0, kind: 'h.*.q' };
  const learned = item({
    ...titles,
    kind: 'sparse',
    rows: 'left',
    columns: 'right',
    shape: [300, 300],
    places: { rows: [0, 299], columns: [4, 2] },
    values: [0.5, -0.25],
  });
  expect(learnedCsv([{ title: 'a, b', matrix, learned }]).split('\n')).toEqual([
    'adapter,matrix,layer,method,what,neutral,row,column,rows_in_bin,columns_in_bin,value',
    '"a, b",h.0.q,0,svft,M,0,1,4,3,3,0.5',
    '"a, b",h.0.q,0,svft,M,0,298,1,3,3,-0.25',
    '',
  ]);
});
