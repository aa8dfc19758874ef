/** What is drawn over the curves: marks of events, and the crosshair. */
import type { Plugin } from 'chart.js';
import type { Theme } from '../shared/theme.ts';

/** Checkpoints nearer than this (pixels) would merge into a band. */
const closestMarks = 10;

export interface OverlayState {
  /** Of these kinds: `checkpoint` at the foot, `warning` at the top, `resumed` and `chosen` as lines. */
  marks: readonly { kind: string; step: number }[];
  cursor: number | undefined;
  theme: Theme;
}

export function overlay(state: () => OverlayState): Plugin<'line'> {
  return {
    id: 'overlay',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      const x = scales.x;
      if (!x || !chartArea) return;
      const { marks, cursor, theme } = state();
      const { top, bottom, left, right } = chartArea;
      ctx.save();
      let lastCheckpoint = -Infinity;
      for (const mark of marks) {
        const at = x.getPixelForValue(mark.step);
        if (at < left - 1 || at > right + 1) continue;
        ctx.fillStyle = ctx.strokeStyle = mark.kind === 'warning' ? theme.warning : theme.muted;
        if (mark.kind === 'resumed' || mark.kind === 'chosen') line(ctx, at, top, bottom, [2, 3]);
        else if (mark.kind === 'warning') triangle(ctx, at, top, 7);
        else if (mark.kind === 'checkpoint' && at - lastCheckpoint >= closestMarks) {
          triangle(ctx, at, bottom, -6);
          lastCheckpoint = at;
        }
      }
      if (cursor !== undefined && cursor >= x.min && cursor <= x.max) {
        ctx.strokeStyle = theme.crosshair;
        line(ctx, x.getPixelForValue(cursor), top, bottom, []);
      }
      ctx.restore();
    },
  };
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
