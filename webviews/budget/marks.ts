/** What is drawn around the points: the budget's line, the Pareto front, and rings for what is used, chosen or pointed at. */
import type { Chart, ChartArea } from 'chart.js';
import { shortCount } from '../../server/base/units.ts';
import type { Point } from '../shared/series.ts';
import { withAlpha } from '../shared/theme.ts';
import type { BudgetTheme } from './look.ts';

/** A line at the limit, and a tint beyond it. */
export function drawBudget(chart: Chart<'line', Point[]>, limit: number, theme: BudgetTheme): void {
  const { ctx, chartArea, scales } = chart;
  const { left, right, top, bottom } = chartArea;
  const x = scales.x;
  if (!x) return;
  // A budget that others have used up already: everything is beyond it.
  const at = limit > 0 ? Math.min(right, Math.max(left, x.getPixelForValue(limit))) : left;
  ctx.save();
  ctx.fillStyle = withAlpha(theme.budget, 0.09);
  ctx.fillRect(at, top, right - at, bottom - top);
  ctx.strokeStyle = theme.budget;
  ctx.lineWidth = 1.5;
  ctx.setLineDash([6, 4]);
  ctx.beginPath();
  ctx.moveTo(Math.round(at) + 0.5, top);
  ctx.lineTo(Math.round(at) + 0.5, bottom);
  ctx.stroke();
  ctx.font = `${theme.fontSize}px ${theme.font}`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'center';
  ctx.fillStyle = theme.text;
  const text = `budget ${shortCount(Math.max(0, limit))}`;
  const half = ctx.measureText(text).width / 2;
  // Above the plot, where no point is.
  ctx.fillText(text, Math.min(right - half, Math.max(left + half, at)), top - 3);
  ctx.restore();
}

/** Steps: with more parameters than a point of the front has, its rank is to be had at least. */
export function drawFront(
  ctx: CanvasRenderingContext2D,
  { right }: ChartArea,
  places: readonly Point[],
  theme: BudgetTheme,
): void {
  const [first] = places;
  if (!first) return;
  ctx.save();
  ctx.strokeStyle = withAlpha(theme.text, theme.highContrast ? 0.5 : 0.2);
  ctx.lineWidth = 6;
  ctx.lineJoin = 'round';
  ctx.beginPath();
  ctx.moveTo(first.x, first.y);
  let height = first.y;
  for (const { x, y } of places) {
    ctx.lineTo(x, height);
    ctx.lineTo(x, y);
    height = y;
  }
  ctx.lineTo(right, height);
  ctx.stroke();
  ctx.restore();
}

interface Rings {
  present: Point | undefined;
  chosen: Point | undefined;
  hovered: Point | undefined;
}

export function drawRings({ ctx, chartArea }: Chart<'line', Point[]>, theme: BudgetTheme, rings: Rings): void {
  const { present, chosen, hovered } = rings;
  ctx.save();
  const ring = ({ x, y }: Point, radius: number, colour: string, width: number) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.stroke();
  };
  if (hovered) ring(hovered, 10, theme.crosshair, 2);
  if (chosen) ring(chosen, 13, theme.focus, 2.5);
  if (present) {
    ring(present, 9, theme.text, 2);
    ctx.font = `600 ${theme.fontSize}px ${theme.font}`;
    ctx.textBaseline = 'middle';
    const text = 'recipe';
    const { width } = ctx.measureText(text);
    const x = present.x + 17 + width < chartArea.right ? present.x + 17 : present.x - 17 - width;
    // Readable over lines of the grid and of methods.
    ctx.lineWidth = 4;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = theme.background;
    ctx.strokeText(text, x, present.y + 13);
    ctx.fillStyle = theme.text;
    ctx.fillText(text, x, present.y + 13);
  }
  ctx.restore();
}
