/** The frame of a chart: where values are on it, its axes and its legend. Pure. */
import type { Point } from '../base/series.ts';
import type { Range } from '../base/ticks.ts';
import type { Form } from './look.ts';
import { hues, type Shape, textWidth } from './scene.ts';

export interface Axis {
  range: Range;
  ticks: readonly number[];
  logarithmic: boolean;
  title: string;
  format(value: number): string;
}

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** From values to pixels. */
  place(x: number, y: number): Point;
}

export function frameOf(box: Pick<Frame, 'left' | 'right' | 'top' | 'bottom'>, x: Axis, y: Axis): Frame {
  const { left, right, top, bottom } = box;
  return {
    ...box,
    place: (a, b) => ({ x: left + share(x, a) * (right - left), y: bottom - share(y, b) * (bottom - top) }),
  };
}

function share({ range: { min, max }, logarithmic }: Axis, value: number): number {
  return logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
}

export const fontSize = 11;

/** Grid, ticks and titles. */
export function axesOf({ left, right, top, bottom, place }: Frame, x: Axis, y: Axis): Shape[] {
  const shapes: Shape[] = [];
  const text = (at: Point, value: string, anchor: 'start' | 'middle' | 'end', more = {}) =>
    shapes.push({ kind: 'text', at, text: value, ink: 'muted', size: fontSize, anchor, ...more });
  const line = (from: Point, to: Point) => shapes.push({ kind: 'line', points: [from, to], ink: 'grid', width: 1 });
  for (const tick of y.ticks) {
    const { y: at } = place(x.range.min, tick);
    line({ x: left, y: at }, { x: right, y: at });
    text({ x: left - 7, y: at + 4 }, y.format(tick), 'end');
  }
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of x.ticks) {
    const { x: at } = place(tick, y.range.min);
    line({ x: at, y: top }, { x: at, y: bottom });
    const label = x.format(tick);
    const half = textWidth(label, fontSize) / 2;
    if (at - half < free) continue;
    free = at + half + 8;
    text({ x: at, y: bottom + 16 }, label, 'middle');
  }
  text({ x: (left + right) / 2, y: bottom + 33 }, x.title, 'middle');
  text({ x: left - 46, y: (top + bottom) / 2 }, y.title, 'middle', { upwards: true });
  return shapes;
}

export interface LegendItem {
  text: string;
  ink: number;
  form: Form | 'line';
}

/** Rows of marks and names below `top`. */
export function legendOf(
  items: readonly LegendItem[],
  left: number,
  right: number,
  top: number,
): { shapes: Shape[]; height: number } {
  const shapes: Shape[] = [];
  let [x, y] = [left, top];
  for (const { text, ink, form } of items) {
    const name = clipped(text, Math.floor((right - left) / 7));
    const width = 18 + textWidth(name, fontSize + 1) + 16;
    if (x > left && x + width > right) [x, y] = [left, y + 18];
    if (form === 'line')
      shapes.push({
        kind: 'line',
        points: [
          { x, y: y - 4 },
          { x: x + 12, y: y - 4 },
        ],
        ink: ink % hues,
        width: 2,
      });
    else shapes.push({ kind: 'mark', at: { x: x + 6, y: y - 4 }, form, radius: 4.5, ink: ink % hues });
    shapes.push({ kind: 'text', at: { x: x + 18, y }, text: name, ink: 'text', size: fontSize + 1, anchor: 'start' });
    x += width;
  }
  return { shapes, height: items.length === 0 ? 0 : y - top + 18 };
}

export const clipped = (text: string, most: number): string => {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, Math.max(1, most - 1)).join('')}…` : text;
};
