/** A metric against trainable parameters (logarithmic): a point a configuration, bars over its seeds, the front. Pure. */

import type { Point } from '../base/series.ts';
import { decades, logRange, type Range, steps } from '../base/ticks.ts';
import { figure, shortCount } from '../base/units.ts';
import { lowerIsBetter } from '../metrics/metrics.ts';
import { metricName, spreadText } from './figures.ts';
import { type Axis, axesOf, fontSize, frameOf, legendOf } from './frame.ts';
import { frontOf, groupBy, type RunGroup, type Spread, spreadOf } from './groups.ts';
import { formOf, hueOf, titleOf } from './look.ts';
import { type Scene, type Shape, textWidth } from './scene.ts';

export interface ParetoOptions {
  width: number;
  height: number;
  /** Methods are named below the plot. */
  legend: boolean;
  /** Keys of groups. */
  chosen?: string | undefined;
  hovered?: string | undefined;
}

export interface ParetoScene extends Scene {
  /** Where each group is, those with the fewest parameters first. */
  places: { key: string; at: Point }[];
}

interface Placed {
  group: RunGroup;
  trainable: number;
  spread: Spread;
}

/** Groups that have a place: they train something, and it was measured. */
export const placedGroups = (groups: readonly RunGroup[], metric: string): Placed[] =>
  groups
    .flatMap((group) => {
      const spread = spreadOf(group, metric);
      return spread && group.trainable !== undefined && group.trainable > 0
        ? [{ group, trainable: group.trainable, spread }]
        : [];
    })
    .sort((a, b) => a.trainable - b.trainable);

const radius = 5;

export function paretoScene(groups: readonly RunGroup[], metric: string, options: ParetoOptions): ParetoScene {
  const { width, height, legend, chosen, hovered } = options;
  const placed = placedGroups(groups, metric);
  const methods = [...new Set(placed.map(({ group }) => group.method))];
  const [left, right, top] = [62, width - 16, 14];
  const named = legend
    ? legendOf(
        methods.map((method) => ({ text: titleOf(method), ink: hueOf(method), form: formOf(method) })),
        left,
        right,
        0,
      )
    : { shapes: [], height: 0 };
  const bottom = height - 42 - named.height;
  const x = countAxis(placed.map(({ trainable }) => trainable));
  const y = metricAxis(placed, metric, bottom - top);
  const frame = frameOf({ left, right, top, bottom }, x, y);
  const at = ({ trainable, spread }: Placed) => frame.place(trainable, spread.mean);
  const shapes = axesOf(frame, x, y);
  const front = new Set(frontOf(groups, metric).map(({ key }) => key));
  shapes.push(...frontLine(placed.filter(({ group }) => front.has(group.key)).map(at), right));
  for (const method of methods) {
    const finished = placed.filter(({ group }) => group.method === method && !group.provisional);
    const points = bestOfEach(finished, metric).map(at);
    if (points.length > 1) shapes.push({ kind: 'line', points, ink: hueOf(method), width: 1.25, opacity: 0.5 });
  }
  for (const each of placed) shapes.push(...errorBar(each, frame.place));
  for (const { group, spread, trainable } of placed)
    shapes.push({
      kind: 'mark',
      at: frame.place(trainable, spread.mean),
      form: formOf(group.method),
      radius,
      ink: hueOf(group.method),
      ...(group.provisional && { hollow: true }),
      key: group.key,
      title: `${labelOf(group)}: ${pointText(group, spread, metric)}`,
    });
  for (const each of placed) {
    if (each.group.key === hovered) shapes.push({ kind: 'ring', at: at(each), radius: 10, ink: 'muted', width: 1.5 });
    if (each.group.key === chosen) shapes.push({ kind: 'ring', at: at(each), radius: 11, ink: 'text', width: 2 });
  }
  shapes.push(...sizeLabels(placed, at, { left, right, top }));
  if (placed.length === 0)
    shapes.push({
      kind: 'text',
      at: { x: (left + right) / 2, y: (top + bottom) / 2 },
      text: `No run has measured ${metricName(metric)} yet.`,
      ink: 'muted',
      size: fontSize + 2,
      anchor: 'middle',
    });
  for (const shape of named.shapes) shapes.push(moved(shape, height - named.height + 10));
  return {
    width,
    height,
    title: `${metricName(metric)} against trainable parameters, ${placed.length} configurations`,
    shapes,
    places: placed.map((each) => ({ key: each.group.key, at: at(each) })),
  };
}

/** Of those with as many parameters, which differ in a learning rate or the like, the best: the line of a method joins sizes. */
function bestOfEach(placed: readonly Placed[], metric: string): Placed[] {
  const sign = lowerIsBetter(metric) ? 1 : -1;
  return [...groupBy(placed, ({ trainable }) => String(trainable)).values()].map((same) =>
    same.reduce((best, each) => (sign * (each.spread.mean - best.spread.mean) < 0 ? each : best)),
  );
}

/** "accuracy 0.9 ± 0.1, 1k trainable, 3 runs" */
export function pointText({ trainable = 0, provisional }: RunGroup, spread: Spread, metric: string): string {
  const seeds = spread.n > 1 ? `, ${spread.n} runs` : '';
  return `${metricName(metric)} ${spreadText(spread)}, ${shortCount(trainable)} trainable${seeds}${provisional ? ', not finished' : ''}`;
}

/** "LoRA, rank 8" */
export const labelOf = (group: RunGroup): string =>
  [titleOf(group.method), sizeText(group)].filter((part) => part !== '').join(', ');

/** "rank 8", "off_diagonals = 2" */
export const sizeText = ({ size }: Pick<RunGroup, 'size'>): string => (/^\d+$/.test(size) ? `rank ${size}` : size);

function countAxis(values: readonly number[]): Axis {
  const range = logRange(values) ?? { min: 1, max: 10 };
  return { range, ticks: decades(range, 8), logarithmic: true, title: 'trainable parameters', format: shortCount };
}

/** One run that diverged would press all others into a line: losses and errors that are so many times apart have a logarithmic axis. */
const wide = 10;

function metricAxis(placed: readonly Placed[], metric: string, height: number): Axis {
  const ends = placed.flatMap(({ spread: { mean, deviation = 0 } }) => [mean - deviation, mean + deviation]);
  const most = Math.max(2, Math.floor(height / 46));
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (lowerIsBetter(metric) && low > 0 && high > wide * low) {
    const range = logRange(ends)!;
    return { range, ticks: decades(range, most), logarithmic: true, title: metricName(metric), format: figure };
  }
  const range = aired(ends);
  const ticks = steps(range, most);
  return { range, ticks, logarithmic: false, title: metricName(metric), format: figure };
}

function aired(values: readonly number[]): Range {
  if (values.length === 0) return { min: 0, max: 1 };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = (high - low) * 0.1 || Math.abs(high) * 0.05 || 0.5;
  return { min: low - air, max: high + air };
}

/** Steps: with more parameters than a point of the front has, its value is to be had at least. */
function frontLine(points: readonly Point[], right: number): Shape[] {
  const line: Point[] = [];
  for (const point of points) {
    const before = line.at(-1);
    if (before) line.push({ x: point.x, y: before.y });
    line.push(point);
  }
  const last = line.at(-1);
  if (!last) return [];
  return [{ kind: 'line', points: [...line, { x: right, y: last.y }], ink: 'front', width: 5 }];
}

function errorBar({ group, trainable, spread }: Placed, place: (x: number, y: number) => Point): Shape[] {
  const { mean, deviation } = spread;
  if (!deviation) return [];
  const [low, high] = [place(trainable, mean - deviation), place(trainable, mean + deviation)];
  const cap = ({ x, y }: Point): Point[] => [
    { x: x - 4, y },
    { x: x + 4, y },
  ];
  return [[low, high], cap(low), cap(high)].map((points) => ({
    kind: 'line',
    points,
    ink: hueOf(group.method),
    width: 1.5,
  }));
}

/** Beside their points, where there is room. */
function sizeLabels(
  placed: readonly Placed[],
  at: (each: Placed) => Point,
  { left, right, top }: { left: number; right: number; top: number },
): Shape[] {
  const taken = placed.map((each) => {
    const { x, y } = at(each);
    return { x0: x - radius, x1: x + radius, y0: y - radius, y1: y + radius };
  });
  const shapes: Shape[] = [];
  for (const each of placed) {
    const { size } = each.group;
    if (size === '' || size.length > 24) continue;
    const { x, y } = at(each);
    const text = /^\d+$/.test(size) ? `r = ${size}` : size.replaceAll('_', ' ');
    const width = textWidth(text, fontSize);
    const spots = [
      { x: x + 9, y: y - 7 },
      { x: x + 9, y: y + 15 },
      { x: x - 9 - width, y: y - 7 },
      { x: x - 9 - width, y: y + 15 },
    ];
    const free = spots.find((spot) => {
      const box = { x0: spot.x, x1: spot.x + width, y0: spot.y - 10, y1: spot.y + 2 };
      if (box.x0 < left || box.x1 > right || box.y0 < top) return false;
      return !taken.some((other) => box.x0 < other.x1 && other.x0 < box.x1 && box.y0 < other.y1 && other.y0 < box.y1);
    });
    if (!free) continue;
    taken.push({ x0: free.x, x1: free.x + width, y0: free.y - 10, y1: free.y + 2 });
    shapes.push({ kind: 'text', at: free, text, ink: 'muted', size: fontSize, anchor: 'start', halo: true });
  }
  return shapes;
}

function moved(shape: Shape, down: number): Shape {
  const below = (point: Point): Point => ({ x: point.x, y: point.y + down });
  return shape.kind === 'line' ? { ...shape, points: shape.points.map(below) } : { ...shape, at: below(shape.at) };
}
