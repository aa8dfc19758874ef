/** The curves of runs: from columns and points to what a plot draws and the crosshair reads. */
import type { XAxis } from '../../server/protocol/webview.ts';
import { lastPointAt, lowerBound, nearestPoint, type Point } from '../shared/series.ts';
import type { SeriesColour, Theme } from '../shared/theme.ts';
import { MovingAverage } from './average.ts';
import type { Series } from './column.ts';
import { type Horizontal, placeOfStep, rowsOf, type ShownRun } from './horizontal.ts';
import { bucketsOf, type Frame, type Line, means, spikes } from './lines.ts';
import { runColour } from './run-colours.ts';

export interface Curve {
  /** What it is: curves of several runs share it. */
  label: string;
  /** Whose it is, where there are several runs. */
  run?: string;
  colour(theme: Theme): string;
  /** The same in a picture for print: a number of the hues. */
  ink: number;
  /**
   * `faint`: raw values behind their moving average; `smooth`: that average; `dotted`: few points, each marked; `stepped`: a value holds until the
   * next one. `dashed`: the line is.
   */
  style: 'faint' | 'smooth' | 'solid' | 'dotted' | 'stepped';
  dashed?: boolean;
  format(value: number): string;
  line(frame: Frame): Line;
  /** The value at a place, with its own place. */
  read(x: number): Point | undefined;
}

interface About {
  label: string;
  style: Curve['style'];
  colour: SeriesColour;
  format: (value: number) => string;
}

/** In pictures for print; what stands alone in its chart has the first. */
const inks: Partial<Record<SeriesColour, number>> = { evaluation: 1 };

/** @param several the run's colour and name tell the curves apart, instead of the colour of what is measured. */
const about = ({ label, style, colour, format }: About, run: ShownRun, several: boolean) => ({
  label,
  style,
  format,
  colour: several ? (theme: Theme) => runColour(theme, run.colour) : (theme: Theme) => theme.series[colour],
  ink: several ? run.colour : (inks[colour] ?? 0),
  ...(several && { run: run.name }),
});

/** A column as it is, and its moving average before it where `weight` asks for one. */
export function columnCurves(
  what: Omit<About, 'style'>,
  run: ShownRun,
  column: (model: ShownRun['model']) => Series,
  axis: XAxis,
  weight: number,
  several: boolean,
): Curve[] {
  const rows = rowsOf(run.model, axis);
  const values = column(run.model);
  const raw: Curve = {
    ...about({ ...what, style: weight > 0 ? 'faint' : 'solid' }, run, several),
    line: (frame) => spikes(rows, values, buckets(run, axis, frame)),
    read: (x) => readRow(rows, x, (row) => values.at(row)),
  };
  if (weight === 0) return [raw];
  const average = averageOf(values, weight);
  const smooth: Curve = {
    ...about({ ...what, label: 'Smoothed', style: 'smooth' }, run, several),
    line: (frame) => means(rows, average, buckets(run, axis, frame)),
    read: (x) => readRow(rows, x, (row) => average.at(row)),
  };
  return [raw, smooth];
}

/** Values at some steps: evaluations, ranks. */
export function pointCurve(what: About, run: ShownRun, points: readonly Point[], axis: XAxis, several: boolean): Curve {
  const placed = axis === 'steps' ? points : points.map(({ x, y }) => ({ x: placeOfStep(run.model, axis, x), y }));
  return {
    ...about(what, run, several),
    ...(several && what.style === 'dotted' && { dashed: true }),
    ...ofPoints(placed, what.style),
  };
}

const ofPoints = (points: readonly Point[], style: Curve['style']): Pick<Curve, 'line' | 'read'> => ({
  line: ({ from, to }) => {
    const part = points.slice(Math.max(0, lowerBound(points, from) - 1), lowerBound(points, to) + 1);
    return { x: part.map(({ x }) => x), y: part.map(({ y }) => y) };
  },
  read: (x) => (style === 'stepped' ? lastPointAt : nearestPoint)(points, x),
});

function readRow(rows: ReturnType<typeof rowsOf>, x: number, value: (row: number) => number): Point | undefined {
  const row = nearestRow(rows, x);
  return row === undefined ? undefined : { x: rows.x(row), y: value(row) };
}

export function nearestRow(rows: ReturnType<typeof rowsOf>, x: number): number | undefined {
  if (rows.length === 0) return undefined;
  const after = Math.min(rows.length - 1, rows.lowerBound(x));
  return after > 0 && x - rows.x(after - 1) <= rows.x(after) - x ? after - 1 : after;
}

const averages = new WeakMap<Series, MovingAverage>();
export function averageOf(column: Series, weight: number): MovingAverage {
  const known = averages.get(column);
  if (known?.weight === weight) return known;
  const made = new MovingAverage(column, weight);
  averages.set(column, made);
  return made;
}

/** All columns of a run are cut alike: once a frame is enough. */
const cut = new WeakMap<ShownRun, { key: string; buckets: number[] }>();
function buckets(run: ShownRun, axis: XAxis, frame: Frame): number[] {
  const key = `${axis} ${frame.from} ${frame.to} ${frame.columns} ${run.model.steps.length} ${run.model.loss.version}`;
  const known = cut.get(run);
  if (known?.key === key) return known.buckets;
  const made = bucketsOf(rowsOf(run.model, axis), frame);
  cut.set(run, { key, buckets: made });
  return made;
}

/** Runs whose rows the crosshair stops at: the one that goes farthest. */
export function longest(runs: readonly ShownRun[], { axis }: Horizontal): ShownRun | undefined {
  const end = ({ model }: ShownRun) => {
    const rows = rowsOf(model, axis);
    return rows.length === 0 ? -1 : rows.x(rows.length - 1);
  };
  return runs.reduce<ShownRun | undefined>((most, run) => (!most || end(run) > end(most) ? run : most), undefined);
}
