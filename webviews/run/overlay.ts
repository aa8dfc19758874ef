/** Marks of events, drawn over the curves. */
import type { Theme } from '../shared/theme.ts';
import type { Frame } from './frame.ts';
import { placesOn } from './scale.ts';

/** Marks of a kind nearer than this (pixels) would merge into a band. */
const closestMarks = 10;

export interface PlacedMark {
  /** `checkpoint` and `evaluation` at the foot, `warning` and `best` at the top, `resumed` and `chosen` as lines; others are not drawn. */
  kind: string;
  x: number;
}

export function paintOverlay(
  ctx: CanvasRenderingContext2D,
  { x, top, bottom, left, right }: Frame,
  marks: readonly PlacedMark[],
  theme: Theme,
): void {
  const place = placesOn(x);
  ctx.save();
  const last = { checkpoint: -Infinity, evaluation: -Infinity, best: -Infinity };
  for (const mark of marks) {
    const at = place(mark.x);
    if (at < left - 1 || at > right + 1) continue;
    ctx.fillStyle = ctx.strokeStyle = mark.kind === 'warning' ? theme.warning : theme.muted;
    switch (mark.kind) {
      case 'resumed':
      case 'chosen':
        line(ctx, at, top, bottom, [2, 3]);
        break;
      case 'warning':
        triangle(ctx, at, top, 7);
        break;
      case 'best':
        if (at - last.best < closestMarks) break;
        last.best = at;
        ctx.fillStyle = theme.series.evaluation;
        diamond(ctx, at, top + 5, 4.5);
        break;
      case 'checkpoint':
      case 'evaluation':
        if (at - last[mark.kind] < closestMarks) break;
        last[mark.kind] = at;
        if (mark.kind === 'checkpoint') triangle(ctx, at, bottom, -6);
        else line(ctx, at, bottom, bottom + 5, []);
    }
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x: number, top: number, bottom: number, dash: number[]): void {
  ctx.lineWidth = 1;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(Math.round(x) + 0.5, top);
  ctx.lineTo(Math.round(x) + 0.5, bottom);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Base at `y`, point `height` below it (above when negative). */
function triangle(ctx: CanvasRenderingContext2D, x: number, y: number, height: number): void {
  ctx.beginPath();
  ctx.moveTo(x - 4, y);
  ctx.lineTo(x + 4, y);
  ctx.lineTo(x, y + height);
  ctx.fill();
}

function diamond(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.fill();
}
