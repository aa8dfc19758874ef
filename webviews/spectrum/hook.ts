/**
 * What tests look at, and nothing else does.
 *
 * `document.body.dataset`:
 * - `state`: `waiting` (nothing came yet), then that of the slowest subject: `reading`, `running`, `done`, `stopped`, `failed`.
 * - `subjects`, `matrices` (listed), `values` (values items received), `prepared` (of them measured), `faults`.
 * - `selected`: how many matrices are selected; `rank`: the cursor's.
 *
 * `window.rankwiseSpectrum.charts()`: what each chart holds now, see `Charts`.
 */

import type { HeatMap } from '../shared/heat-map.ts';
import type { CurveChart } from './curve-chart.ts';
import type { LearnedPartView } from './learned-part.ts';

export interface CurveChartHeld {
  x: { title: string; min: number; max: number; logarithmic: boolean };
  y: { title: string; min: number; max: number; logarithmic: boolean };
  /** `points`: as many as are left after thinning. */
  curves: {
    label: string;
    colour: string;
    dash: number[];
    points: number;
    first: [number, number];
    last: [number, number];
  }[];
  regions: { label: string; from: number; to: number }[];
}

export interface HeatMapHeld {
  rows: number;
  columns: number;
  /** Cells that hold a value. */
  filled: number;
  low: number | undefined;
  high: number | undefined;
}

export interface Charts {
  values: CurveChartHeld | undefined;
  energy: CurveChartHeld | undefined;
  histogram: CurveChartHeld | undefined;
  quantiles: HeatMapHeld | undefined;
  /** These three: of the matrix in focus, where an adapter changes it. */
  update: CurveChartHeld | undefined;
  left: HeatMapHeld | undefined;
  right: HeatMapHeld | undefined;
  /** One for each chart of what the method learned at the matrix in focus. */
  learned: (CurveChartHeld | HeatMapHeld)[];
  rank: number;
}

declare global {
  interface Window {
    rankwiseSpectrum: { charts(): Charts };
  }
}

export function heldByChart({ content }: CurveChart): CurveChartHeld | undefined {
  if (!content) return undefined;
  const axis = ({ title, min, max, logarithmic }: typeof content.x) => ({ title, min, max, logarithmic });
  return {
    x: axis(content.x),
    y: axis(content.y),
    curves: content.curves.map(({ label, colour, dash, points }) => {
      const ends = [points[0], points.at(-1)].map((point): [number, number] =>
        point ? [point.x, point.y] : [Number.NaN, Number.NaN],
      );
      return { label, colour, dash: [...dash], points: points.length, first: ends[0]!, last: ends[1]! };
    }),
    regions: content.regions.map(({ label, from, to }) => ({ label, from, to })),
  };
}

export function heldByMap({ content }: HeatMap): HeatMapHeld | undefined {
  if (!content) return undefined;
  const { rows, columns, values, scale } = content;
  const filled = Array.from(values).filter((value) => !Number.isNaN(value)).length;
  return { rows, columns, filled, low: scale?.low, high: scale?.high };
}

export function heldByPart({ part, curve, beside, map }: LearnedPartView): (CurveChartHeld | HeatMapHeld)[] {
  const charts = part?.kind === 'table' ? [heldByMap(map)] : [heldByChart(curve), heldByChart(beside)];
  return charts.filter((held) => held !== undefined);
}
