/** The losses of runs by step: training as a smoothed line over the raw one, validation as points. A chart a method. Pure. */

import { type Point, smooth, thin } from '../base/series.ts';
import { type Range, steps } from '../base/ticks.ts';
import { figure, shortCount } from '../base/units.ts';
import { type Axis, axesOf, frameOf, legendOf } from './frame.ts';
import type { History } from './history.ts';
import { hues, type Scene, type Shape } from './scene.ts';

export interface Curve {
  label: string;
  history: History;
}

/** Half a smallest feature: as much as a line of one pixel shows. */
const columns = 300;

/** Ranges over all curves, so that charts beside each other can be compared. */
export function rangesOf(curves: readonly Curve[]): { x: Range; y: Range } {
  const points = curves
    .flatMap(({ history }) => [...smoothed(history), ...validation(history)])
    .filter(({ y }) => Number.isFinite(y));
  const ends = (values: readonly number[]) =>
    values.reduce(({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }), {
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    });
  if (points.length === 0) return { x: { min: 0, max: 1 }, y: { min: 0, max: 1 } };
  const [x, y] = [ends(points.map((point) => point.x)), ends(points.map((point) => point.y))];
  const air = (y.max - y.min) * 0.06 || Math.abs(y.max) * 0.05 || 0.5;
  return {
    x: { min: Math.min(0, x.min), max: Math.max(1, x.max) },
    // No loss that is drawn is below 0, save where it is.
    y: { min: y.min >= 0 ? Math.max(0, y.min - air) : y.min - air, max: y.max + air },
  };
}

/** Curves of one label (runs of one configuration) have one colour. */
export function curveScene(
  curves: readonly Curve[],
  ranges: { x: Range; y: Range },
  size: { width: number; height: number; title: string },
): Scene {
  const { width, height, title } = size;
  const labels = [...new Set(curves.map(({ label }) => label))];
  const [left, right, top] = [58, width - 12, 12];
  const legend = legendOf(
    labels.map((text, ink) => ({ text, ink, form: 'line' as const })),
    left,
    right,
    height + 10,
  );
  const bottom = height - 42;
  const axis = (range: Range, name: string, most: number, format: (value: number) => string): Axis => ({
    range,
    ticks: steps(range, most),
    logarithmic: false,
    title: name,
    format,
  });
  const x = axis(ranges.x, 'step', 6, shortCount);
  const y = axis(ranges.y, 'loss', 5, figure);
  const { place, ...box } = frameOf({ left, right, top, bottom }, x, y);
  const shapes = axesOf({ ...box, place }, x, y);
  const line = (points: readonly Point[], ink: number, stroke: number, opacity?: number) => {
    for (const part of whole(points)) {
      const drawn = part.map((point) => place(point.x, Math.min(ranges.y.max, Math.max(ranges.y.min, point.y))));
      shapes.push({ kind: 'line', points: drawn, ink, width: stroke, ...(opacity !== undefined && { opacity }) });
    }
  };
  for (const { label, history } of curves)
    line(thin(history.training, columns), labels.indexOf(label) % hues, 0.75, 0.25);
  for (const { label, history } of curves) {
    const ink = labels.indexOf(label) % hues;
    line(thin(smoothed(history), columns), ink, 1.5);
    for (const { x: step, y: loss } of validation(history))
      shapes.push({
        kind: 'mark',
        at: place(step, loss),
        form: 'circle',
        radius: 3,
        ink,
        hollow: true,
      } satisfies Shape);
  }
  return { width, height: height + legend.height, title, shapes: [...shapes, ...legend.shapes] };
}

/** Weight of the moving average: about a tenth of the run, as far as that smooths at all. */
function smoothed({ training }: History): Point[] {
  return smooth(training, Math.max(0, Math.min(0.98, 1 - 20 / Math.max(20, training.length))));
}

const validation = ({ evaluations }: History): Point[] =>
  evaluations.map(({ step, loss }) => ({ x: step, y: loss })).filter(({ y }) => Number.isFinite(y));

/** Lines end where a value is not finite. */
function whole(points: readonly Point[]): Point[][] {
  const parts: Point[][] = [[]];
  for (const point of points)
    if (Number.isFinite(point.y)) parts.at(-1)!.push(point);
    else if (parts.at(-1)!.length > 0) parts.push([]);
  return parts.filter((part) => part.length > 0);
}
