/** The overlap of an update's directions with the base's, as pictures. Pure. */
import { count, percent } from '../../server/base/units.ts';
import type { SpectrumChange } from '../../server/protocol/spectrum.ts';
import { everyFew, type HeatMapContent } from '../shared/heat-map.ts';
import { decodeFloats } from './decode.ts';

/** @param side which singular vectors. Both sides share the scale [0, largest of both], so that they compare. */
export function overlapMap(change: SpectrumChange, side: 'left' | 'right'): HeatMapContent {
  const values = decodeFloats(change[side]);
  const { bins, directions } = change;
  const rows = bins.length - 1;
  const largest = Math.max(largestOf(values), largestOf(decodeFloats(change[side === 'left' ? 'right' : 'left'])));
  const range = (row: number) => rangeText(bins[row]! + 1, bins[row + 1]!);
  return {
    rows,
    columns: directions,
    values,
    scale: values.length > 0 ? { low: 0, high: largest || 1, logarithmic: false } : undefined,
    x: {
      title: `${side} directions of the update`,
      ticks: everyFew(directions, 8, (column) => String(column + 1)),
    },
    y: { title: 'base’s directions', ticks: everyFew(rows, 12, range) },
    legend: 'overlap',
    format: percent,
    describe: (row, column) =>
      `Update’s direction ${column + 1}, base’s directions ${range(row)}: ${percent(values[row * directions + column]!)}`,
  };
}

/** Mean share of the update's directions that the base's span does not hold: 1 − Σ over bins, for the longer side of W. */
export function outsideSpan(change: SpectrumChange, side: 'left' | 'right'): number {
  const { directions } = change;
  const values = decodeFloats(change[side]);
  if (directions === 0) return 0;
  const inside = values.reduce((sum, value) => sum + value, 0);
  return Math.max(0, 1 - inside / directions);
}

const largestOf = (values: Float32Array) => values.reduce((most, value) => Math.max(most, value), 0);

const rangeText = (from: number, to: number) => (from === to ? count(from) : `${count(from)}–${count(to)}`);
