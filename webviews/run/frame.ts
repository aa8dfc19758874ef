/** The frame of a plot on its canvas: the place of its axes, its grid and the numbers beside it. */
import type { Theme } from '../shared/theme.ts';
import { type Axis, placesOn, type Scale } from './scale.ts';

export interface Frame {
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const [top, right, gap] = [8, 12, 6];

export interface FrameOptions {
  /** CSS pixels of the canvas. */
  width: number;
  height: number;
  theme: Theme;
  /** Asked with the pixels that the axis has. */
  x: (width: number) => Axis;
  y: Axis;
  format(value: number): string;
  /** The numbers at the left have at least so much room: what is dragged does not jump. */
  left?: number;
}

export function frameOf(ctx: CanvasRenderingContext2D, options: FrameOptions): Frame {
  const { width, height, theme, x, y, format } = options;
  ctx.font = fontOf(theme);
  const widest = y.ticks.reduce((most, tick) => Math.max(most, ctx.measureText(format(tick)).width), 0);
  const left = Math.max(options.left ?? 0, Math.ceil(widest) + 2 * gap);
  const bottom = Math.max(top + 1, height - Math.ceil(theme.fontSize * 1.25) - gap - 2);
  const end = Math.max(left + 1, width - right);
  return {
    left,
    right: end,
    top,
    bottom,
    x: { ...x(end - left), start: left, end },
    y: { ...y, start: bottom, end: top },
  };
}

/** Grid lines, the line below, and the numbers. */
export function paintFrame(
  ctx: CanvasRenderingContext2D,
  { x, y, left, right, bottom }: Frame,
  theme: Theme,
  text: { x(value: number): string; y(value: number): string },
): void {
  const [placeX, placeY] = [placesOn(x), placesOn(y)];
  const sharp = (pixel: number) => Math.round(pixel) + 0.5;
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const at of [...y.ticks.map(placeY), bottom]) {
    ctx.moveTo(left, sharp(at));
    ctx.lineTo(right, sharp(at));
  }
  ctx.stroke();
  ctx.fillStyle = theme.muted;
  ctx.font = fontOf(theme);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  for (const tick of y.ticks) ctx.fillText(text.y(tick), left - gap, placeY(tick));
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of x.ticks) {
    const label = text.x(tick);
    const { width } = ctx.measureText(label);
    // Within the axis, also at its ends.
    const at = Math.min(right - width, Math.max(left, placeX(tick) - width / 2));
    if (at < free) continue;
    free = at + width + 2 * gap;
    ctx.fillText(label, at, bottom + gap);
  }
}

const fontOf = ({ font, fontSize }: Theme): string => `${fontSize}px ${font}`;
