/** The chart with its title and legend on one canvas, sharp enough for print. */
import { pngOf } from '../shared/chart.ts';
import { type BudgetTheme, hueOf, shapeOf } from './look.ts';
import type { Series } from './pareto.ts';

const density = 2;
const gap = 20;
const line = 20;

/** @param chart drawn `density` times as dense as the screen. @returns base64 of a PNG. */
export function pictureOf(
  heading: string,
  caption: string,
  series: readonly Series[],
  chart: (density: number) => HTMLCanvasElement,
  theme: BudgetTheme,
): string {
  const plot = chart(density);
  const [plotWidth, plotHeight] = [plot.width / density, plot.height / density];
  const width = plotWidth + 2 * gap;
  const page = document.createElement('canvas');
  const ctx = page.getContext('2d')!;
  const small = `${theme.fontSize}px ${theme.font}`;
  ctx.font = small;
  const places = placed(series, width - 2 * gap, (text) => ctx.measureText(text).width);
  const top = gap + 48 + ((places.at(-1)?.row ?? 0) + 1) * line + 6;
  [page.width, page.height] = [width * density, (top + plotHeight + gap) * density];
  ctx.scale(density, density);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, page.width, page.height);
  ctx.textBaseline = 'top';
  ctx.fillStyle = theme.text;
  ctx.font = `600 ${theme.fontSize + 6}px ${theme.font}`;
  ctx.fillText(heading, gap, gap, plotWidth);
  ctx.font = small;
  ctx.fillStyle = theme.muted;
  ctx.fillText(caption, gap, gap + 25, plotWidth);
  ctx.textBaseline = 'middle';
  for (const { method, title, x, row } of places) {
    const y = gap + 48 + row * line + line / 2;
    ctx.fillStyle = theme.lines[hueOf(method)]!;
    point(ctx, shapeOf(method), gap + x + 5, y);
    ctx.fillStyle = theme.text;
    ctx.fillText(title, gap + x + 15, y);
  }
  ctx.drawImage(plot, gap, top, plotWidth, plotHeight);
  return pngOf(page);
}

/** Names beside each other, in as many rows as they need. */
function placed(series: readonly Series[], room: number, widthOf: (text: string) => number) {
  let [x, row] = [0, 0];
  return series.map(({ method, title }) => {
    const width = 15 + widthOf(title) + 18;
    if (x > 0 && x + width > room) [x, row] = [0, row + 1];
    const place = { method, title, x, row };
    x += width;
    return place;
  });
}

function point(ctx: CanvasRenderingContext2D, shape: ReturnType<typeof shapeOf>, x: number, y: number): void {
  const r = 4.5;
  ctx.beginPath();
  if (shape === 'circle') ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === 'triangle') {
    ctx.moveTo(x, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.lineTo(x - r, y + r);
  } else if (shape === 'rect') ctx.rect(x - r * 0.8, y - r * 0.8, 1.6 * r, 1.6 * r);
  else
    for (const [dx, dy] of [
      [0, -r],
      [r, 0],
      [0, r],
      [-r, 0],
    ] as const)
      ctx.lineTo(x + dx, y + dy);
  ctx.fill();
}
