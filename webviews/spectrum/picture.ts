/** All charts on one canvas, sharp enough for print. */

import type { SpectrumTheme } from './colours.ts';
import type { StyledCurve } from './scene.ts';

export interface Figure {
  title: string;
  picture(density: number): HTMLCanvasElement;
  /** Where the rank cursor stands in it, CSS pixels. */
  cursor?: { x: number; top: number; bottom: number };
}

const density = 2;
const gap = 20;
const titleHeight = 26;
const legendLine = 18;
/** Curves that the legend names. */
const legendLength = 12;

/** @returns base64 of a PNG. */
export function pictureOf(
  heading: string,
  caption: string,
  figures: readonly Figure[],
  curves: readonly StyledCurve[],
  theme: SpectrumTheme,
): string {
  const drawn = figures.map((figure) => ({ figure, canvas: figure.picture(density) }));
  const sizes = drawn.map(({ canvas }) => ({ width: canvas.width / density, height: canvas.height / density }));
  const columns = drawn.length > 1 && sizes[0]!.width < 700 ? 2 : 1;
  const cell = Math.max(...sizes.map(({ width }) => width));
  const width = columns * cell + (columns + 1) * gap;
  const named = curves.slice(0, legendLength);
  const legendTop = gap + 44;
  let y = legendTop + Math.ceil((named.length + (curves.length > named.length ? 1 : 0)) / columns) * legendLine + 8;
  const places = drawn.map(({ figure, canvas }, i) => {
    const column = i % columns;
    const row = drawn.slice(i - column, i - column + columns).map((_, j) => sizes[i - column + j]!.height);
    const place = { figure, canvas, x: gap + column * (cell + gap), y: y + titleHeight, ...sizes[i]! };
    if (column === columns - 1 || i === drawn.length - 1) y += titleHeight + Math.max(...row) + gap;
    return place;
  });
  const page = document.createElement('canvas');
  [page.width, page.height] = [width * density, y * density];
  const ctx = page.getContext('2d')!;
  ctx.scale(density, density);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, width, y);
  ctx.fillStyle = theme.text;
  ctx.textBaseline = 'top';
  ctx.font = `600 ${theme.fontSize + 6}px ${theme.font}`;
  ctx.fillText(heading, gap, gap, width - 2 * gap);
  ctx.font = `${theme.fontSize}px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  ctx.fillText(caption, gap, gap + 24, width - 2 * gap);
  named.forEach((curve, i) => {
    const [x, at] = [gap + (i % columns) * (cell + gap), legendTop + Math.floor(i / columns) * legendLine];
    ctx.strokeStyle = curve.colour;
    ctx.lineWidth = 2;
    ctx.setLineDash([...curve.dash]);
    ctx.beginPath();
    ctx.moveTo(x, at + 7);
    ctx.lineTo(x + 24, at + 7);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = theme.text;
    ctx.fillText(curve.label, x + 32, at, cell - 32);
  });
  if (curves.length > named.length)
    ctx.fillText(
      `and ${curves.length - named.length} more`,
      gap + (named.length % columns) * (cell + gap) + 32,
      legendTop + Math.floor(named.length / columns) * legendLine,
    );
  for (const { figure, canvas, x, y: top, width: w, height } of places) {
    ctx.fillStyle = theme.text;
    ctx.font = `600 ${theme.fontSize + 2}px ${theme.font}`;
    ctx.fillText(figure.title, x, top - titleHeight + 4, cell);
    ctx.drawImage(canvas, x, top, w, height);
    if (!figure.cursor) continue;
    ctx.strokeStyle = theme.cursor;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x + figure.cursor.x, top + figure.cursor.top);
    ctx.lineTo(x + figure.cursor.x, top + figure.cursor.bottom);
    ctx.stroke();
  }
  return page.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}
