/** Curves on a canvas. */
import { type Theme, withAlpha } from '../shared/theme.ts';
import type { Curve } from './curves.ts';
import type { Frame } from './frame.ts';
import type { Line } from './lines.ts';
import { placesOn } from './scale.ts';

export interface Drawn {
  curve: Curve;
  line: Line;
}

const order: Curve['style'][] = ['faint', 'stepped', 'solid', 'smooth', 'dotted'];

/** Rare points are drawn last, over the curve, and that over the noise. */
export const inOrder = (drawn: readonly Drawn[]): Drawn[] =>
  [...drawn].sort((a, b) => order.indexOf(a.curve.style) - order.indexOf(b.curve.style));

/** More points than that are a line. */
const mostDots = 60;

/** Each of so many points is marked: rare ones, and one alone, which makes no line. */
export const isDotted = (style: Curve['style'], points: number): boolean =>
  style === 'dotted' ? points <= mostDots : points === 1;

/** @param draft hairlines and columns of two pixels: while something moves. */
export function paint(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  drawn: readonly Drawn[],
  theme: Theme,
  draft: boolean,
): void {
  const { left, right, top, bottom } = frame;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left - 6, top - 6, right - left + 12, bottom - top + 12);
  ctx.clip();
  for (const each of inOrder(drawn)) paintCurve(ctx, frame, each, theme, (right - left) / (draft ? 2 : 1), draft);
  ctx.restore();
}

function paintCurve(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  drawn: Drawn,
  theme: Theme,
  columns: number,
  draft: boolean,
) {
  const { curve, line } = drawn;
  const colour = curve.colour(theme);
  const faint = curve.style === 'faint';
  // Noise that is drawn many times over one pixel adds up to a solid band: the denser, the fainter each line.
  const density = Math.sqrt(Math.max(1, line.x.length / columns));
  ctx.strokeStyle = faint ? withAlpha(colour, Math.max(0.2, (theme.highContrast ? 0.7 : 0.5) / density)) : colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = faint ? 1 : theme.highContrast ? 2.5 : curve.style === 'solid' && density > 1 ? 1.25 : 2;
  ctx.setLineDash(curve.dashed ? [5, 4] : []);
  if (draft) ctx.lineWidth = 1;
  const gapless = curve.style === 'dotted';
  const scaleX = placesOn(frame.x);
  const scaleY = placesOn(frame.y);
  if (line.x.length > 1.5 * columns && (faint || curve.style === 'solid')) {
    if (faint) ctx.fillStyle = withAlpha(colour, theme.highContrast ? 0.5 : 0.32);
    fillColumns(ctx, line, scaleX, scaleY, draft ? 2 : 1);
    return;
  }
  // Round joins cost more than all the rest, and are not seen where points are this close.
  ctx.lineJoin = line.x.length > columns / 4 ? 'bevel' : 'round';
  ctx.beginPath();
  let down = false;
  let before = 0;
  for (let i = 0; i < line.x.length; i++) {
    const value = scaleY(line.y[i]!);
    if (!Number.isFinite(value)) {
      if (!gapless) down = false;
      continue;
    }
    const at = scaleX(line.x[i]!);
    if (!down) ctx.moveTo(at, value);
    else {
      if (curve.style === 'stepped') ctx.lineTo(at, before);
      ctx.lineTo(at, value);
    }
    [down, before] = [true, value];
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (isDotted(curve.style, line.x.length))
    for (let i = 0; i < line.x.length; i++) dot(ctx, scaleX(line.x[i]!), scaleY(line.y[i]!));
}

/** Several points a pixel: each column filled from its lowest to its highest, which is what the strokes would come to, in a tenth of the time. */
function fillColumns(
  ctx: CanvasRenderingContext2D,
  { x, y }: Line,
  scaleX: (value: number) => number,
  scaleY: (value: number) => number,
  width: number,
): void {
  let column = Number.NaN;
  let [top, bottom] = [Infinity, -Infinity];
  let last = Number.NaN;
  const flush = () => {
    if (top <= bottom)
      ctx.fillRect(column * width, Math.floor(top), width, Math.max(1, Math.ceil(bottom) - Math.floor(top)));
  };
  for (let i = 0; i < x.length; i++) {
    const value = scaleY(y[i]!);
    const at = Math.floor(scaleX(x[i]!) / width);
    if (at !== column) {
      flush();
      // From where the last column ended, but for a gap: columns do not come apart.
      [top, bottom] = at - column <= 2 && Number.isFinite(last) ? [last, last] : [Infinity, -Infinity];
      column = at;
    }
    if (Number.isFinite(value)) {
      if (value < top) top = value;
      if (value > bottom) bottom = value;
    }
    last = value;
  }
  flush();
}

function dot(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  if (!Number.isFinite(y)) return;
  ctx.beginPath();
  ctx.arc(x, y, 3, 0, 2 * Math.PI);
  ctx.fill();
}
