/** A chart as a picture for print: its curves, axes and legend as lines, marks and texts. Pure. */
import { axesOf, clipped, fontSize, frameOf, legendOf, type Axis as NamedAxis } from '../../server/report/frame.ts';
import type { Scene, Shape } from '../../server/report/scene.ts';
import type { Point } from '../shared/series.ts';
import type { Curve } from './curves.ts';
import type { Line } from './lines.ts';
import { type Drawn, inOrder, isDotted } from './paint.ts';
import type { XRange } from './range.ts';
import type { Axis } from './scale.ts';

export interface PictureInput {
  title: string;
  /** What a reader has to know besides: whose it is, how it was smoothed. */
  caption: string;
  drawn: readonly Drawn[];
  range: XRange;
  x: Axis & { title: string; format(value: number): string };
  y: Axis & { format(value: number): string };
  width: number;
  height: number;
}

export function pictureScene({ title, caption, drawn, range, x, y, width, height }: PictureInput): Scene {
  const [left, right, top] = [74, width - 14, 46];
  const items = [...new Map(drawn.map(({ curve }) => [curve.run ?? curve.label, curve])).entries()];
  const legend = legendOf(
    items.map(([text, { ink }]) => ({ text, ink, form: 'line' as const })),
    left,
    right,
    0,
  );
  const bottom = height - 48 - legend.height;
  const named = (axis: Axis & { format(value: number): string }, name: string): NamedAxis => ({
    range: { min: axis.min, max: axis.max },
    ticks: axis.ticks,
    logarithmic: axis.logarithmic,
    title: name,
    format: axis.format,
  });
  const [across, up] = [named(x, x.title), named(y, '')];
  const frame = frameOf({ left, right, top, bottom }, across, up);
  const shapes: Shape[] = [
    { kind: 'text', at: { x: 14, y: 20 }, text: clipped(title, 80), ink: 'text', size: fontSize + 4, anchor: 'start' },
    {
      kind: 'text',
      at: { x: 14, y: 36 },
      text: clipped(caption, Math.floor(width / 6.2)),
      ink: 'muted',
      size: fontSize,
      anchor: 'start',
    },
    ...axesOf(frame, across, up),
  ];
  for (const { curve, line } of inOrder(drawn)) {
    const placed = partsOf(line, curve.style, range, y.logarithmic).map((part) =>
      part.map((at) => frame.place(at.x, at.y)),
    );
    const faint = curve.style === 'faint';
    for (const points of placed) {
      if (points.length > 1)
        shapes.push({
          kind: 'line',
          points,
          ink: curve.ink,
          width: faint ? 0.75 : 1.5,
          ...(faint && { opacity: 0.3 }),
          ...(curve.dashed && { dash: [5, 4] }),
        });
      if (isDotted(curve.style, points.length))
        for (const at of points) shapes.push({ kind: 'mark', at, form: 'circle', radius: 2.5, ink: curve.ink });
    }
  }
  for (const shape of legend.shapes) shapes.push(lowered(shape, height - legend.height + 4));
  return { width, height, title: `${title}: ${caption}`, shapes };
}

/** A line within the range, in parts without gaps; at its edges it is cut where it crosses them. */
function partsOf({ x, y }: Line, style: Curve['style'], { from, to }: XRange, logarithmic: boolean): Point[][] {
  const parts: Point[][] = [[]];
  let before: Point | undefined;
  for (let i = 0; i < x.length; i++) {
    const at = { x: x[i]!, y: y[i]! };
    if (!Number.isFinite(at.y) || (logarithmic && at.y <= 0)) {
      // Rare points are joined over what is missing.
      if (style !== 'dotted') {
        before = undefined;
        if (parts.at(-1)!.length > 0) parts.push([]);
      }
      continue;
    }
    const part = parts.at(-1)!;
    if (before && before.x < from && at.x > from) part.push(crossing(before, at, from, style));
    if (at.x >= from && at.x <= to) {
      if (style === 'stepped' && before && part.length > 0) part.push({ x: at.x, y: before.y });
      part.push(at);
    } else if (before && at.x > to && before.x < to) part.push(crossing(before, at, to, style));
    before = at;
  }
  return parts.filter((part) => part.length > 0);
}

const crossing = (a: Point, b: Point, x: number, style: Curve['style']): Point => ({
  x,
  y: style === 'stepped' ? a.y : a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x),
});

function lowered(shape: Shape, by: number): Shape {
  const down = ({ x, y }: Point): Point => ({ x, y: y + by });
  return shape.kind === 'line' ? { ...shape, points: shape.points.map(down) } : { ...shape, at: down(shape.at) };
}
