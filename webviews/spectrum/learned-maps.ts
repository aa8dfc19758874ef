/** What a method learned at one matrix, as curves and pictures. Pure. */
import { count } from '../../server/base/units.ts';
import type { LearnedPart, LearnedTable, LearnedVector } from '../../server/protocol/spectrum.ts';
import { figure } from '../shared/figures.ts';
import { everyFew, type HeatMapContent } from '../shared/heat-map.ts';
import { scaleAround } from '../shared/ramps.ts';
import type { Point } from '../shared/series.ts';
import { decimate } from './decimate.ts';
import { decodeFloats } from './decode.ts';

/** Vectors this short are drawn as bars. */
const barsUpTo = 64;

export const isShort = ({ length }: LearnedVector): boolean => length <= barsUpTo;

/** Points over the index, from 1, of values that each stand for `bin` places; a short vector's are the corners of bars. */
export function vectorPoints(values: Float32Array, { bin }: LearnedVector, short: boolean, columns: number): Point[] {
  if (short) return [...values].flatMap((y, i) => [i + 0.5, i + 1.5].map((x) => ({ x, y })));
  const axis = { from: 0, to: Math.max(1, values.length - 1), logarithmic: false, columns };
  return decimate(values, 0, axis).map(({ x, y }) => ({ x: 1 + x * bin, y }));
}

/** The number at a place, from 1. */
export const valueAt = (values: Float32Array, { bin }: LearnedVector, place: number): number | undefined =>
  values[Math.floor((place - 1) / bin)];

/** From the least to the greatest number with room around, and the neutral one. */
export function vectorRange({ low, high, neutral }: LearnedVector): { min: number; max: number } {
  const [from, to] = [Math.min(low, neutral), Math.max(high, neutral)];
  const room = (to - from) * 0.06 || Math.abs(neutral) * 0.1 || 0.1;
  return { min: from - (low < neutral ? room : 0), max: to + (high > neutral || low === neutral ? room : 0) };
}

/** Places of a bin, from 1: "65–128". */
export function placesText(at: number, bin: number, size: number): string {
  const [from, to] = [at * bin + 1, Math.min(size, (at + 1) * bin)];
  return from === to ? count(from) : `${count(from)}–${count(to)}`;
}

/** Around the neutral value, so that a sign is a colour; where there is no entry there is none. */
export function tableMap(part: LearnedTable): HeatMapContent {
  const { shape, bin, rows: rowName, columns: columnName, title, neutral } = part;
  const values = decodeFloats(part.values);
  const [rows, columns] = [0, 1].map((side) => Math.ceil(shape[side]! / bin[side]!)) as [number, number];
  const places = (side: 0 | 1) => (at: number) => placesText(at, bin[side], shape[side]);
  const first = (side: 0 | 1) => (at: number) => count(at * bin[side] + 1);
  return {
    rows,
    columns,
    values,
    scale: scaleAround(neutral, values),
    x: { title: columnName, ticks: everyFew(columns, 6, first(1)) },
    y: { title: rowName, ticks: everyFew(rows, 8, first(0)) },
    legend: title,
    format: figure,
    numbers: (value) => String(Number(value.toPrecision(2))),
    ...(shape[0] === shape[1] && { square: true }),
    describe: (row, column) => {
      const value = values[row * columns + column]!;
      const said = Number.isNaN(value) ? 'no entry' : figure(value);
      return `${title}, ${rowName} ${places(0)(row)}, ${columnName} ${places(1)(column)}: ${said}`;
    },
  };
}

export function learnedFacts(part: LearnedPart): { label: string; value: string; title: string }[] {
  const { entries, low, high, distance, neutral } = part;
  if (entries === 0) return [{ label: 'Numbers', value: '0', title: 'Nothing is left here' }];
  const facts = [
    { label: 'Numbers', value: count(entries), title: 'Numbers that were learned here' },
    { label: 'Lowest', value: figure(low), title: 'The least of them' },
    { label: 'Highest', value: figure(high), title: 'The greatest of them' },
    {
      label: `Distance from ${figure(neutral)}`,
      value: figure(distance),
      title: `Root of the mean squared distance from ${figure(neutral)}`,
    },
  ];
  if (part.kind === 'vector') return facts;
  const [m, n] = part.shape;
  const share = entries / (m * n);
  const places = {
    label: 'Of places',
    value: share === 1 ? 'all' : `${(100 * share).toPrecision(2)}%`,
    title: `${count(entries)} of ${count(m)}×${count(n)}`,
  };
  return [facts[0]!, places, ...facts.slice(1)];
}

/** With what became of numbers that are too many to be shown. */
export function aboutOf(part: LearnedPart): string {
  const { about, neutral } = part;
  const [down, across] = part.kind === 'table' ? part.bin : [part.bin, 1];
  if (down * across === 1) return about;
  const places =
    part.kind === 'table' ? `a cell stands for ${down}×${across} places` : `a point stands for ${down} places`;
  return `${about} Here ${places}: the number furthest from ${figure(neutral)} is shown.`;
}

/** Where a number stands, from 1: "12", "12, 7". */
export const placeOf = ({ row, column }: LearnedPart['largest'][number]): string =>
  [row, column].flatMap((at) => (at === undefined ? [] : count(at + 1))).join(', ');

/** One sentence for those who cannot see the chart. */
export function learnedSummary(part: LearnedPart): string {
  const { title, entries, low, high, neutral, largest } = part;
  const furthest = largest[0]
    ? ` The furthest from ${figure(neutral)} stands at ${placeOf(largest[0])}: ${figure(largest[0].value)}.`
    : '';
  return `${title}: ${count(entries)} numbers from ${figure(low)} to ${figure(high)}.${furthest}`;
}
