/** All charts on one canvas, sharp enough for print. */
import { pngOf } from '../shared/chart.ts';
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

/** @param rows charts that stand beside each other. @returns base64 of a PNG. */
export function pictureOf(
  heading: string,
  caption: string,
  rows: readonly (readonly Figure[])[],
  curves: readonly StyledCurve[],
  theme: SpectrumTheme,
): string {
  const drawn = rows.map((row) =>
    row.map((figure) => {
      const canvas = figure.picture(density);
      return { figure, canvas, width: canvas.width / density, height: canvas.height / density };
    }),
  );
  const widthOf = (row: (typeof drawn)[number]) => row.reduce((sum, each) => sum + each.width + gap, gap);
  const width = Math.max(...drawn.map(widthOf));
  const columns = width > 700 ? 2 : 1;
  const cell = (width - (columns + 1) * gap) / columns;
  const named = curves.slice(0, legendLength);
  const page = document.createElement('canvas');
  const ctx = page.getContext('2d')!;
  ctx.font = `${theme.fontSize}px ${theme.font}`;
  const lines = wrapped(caption, width - 2 * gap, (text) => ctx.measureText(text).width);
  const legendTop = gap + 26 + lines.length * legendLine;
  let y = legendTop + Math.ceil((named.length + (curves.length > named.length ? 1 : 0)) / columns) * legendLine + 8;
  const places = drawn.flatMap((row) => {
    const top = y + titleHeight;
    y = top + Math.max(...row.map(({ height }) => height)) + gap;
    const share = (width - gap) / row.length;
    return row.map((each, i) => ({ ...each, x: gap + i * share, y: top }));
  });
  [page.width, page.height] = [width * density, y * density];
  ctx.scale(density, density);
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, width, y);
  ctx.fillStyle = theme.text;
  ctx.textBaseline = 'top';
  ctx.font = `600 ${theme.fontSize + 6}px ${theme.font}`;
  ctx.fillText(heading, gap, gap, width - 2 * gap);
  ctx.font = `${theme.fontSize}px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  for (const [i, line] of lines.entries()) ctx.fillText(line, gap, gap + 24 + i * legendLine);
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
    ctx.fillText(figure.title, x, top - titleHeight + 4, w);
    ctx.drawImage(canvas, x, top, w, height);
    if (!figure.cursor) continue;
    ctx.strokeStyle = theme.cursor;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(x + figure.cursor.x, top + figure.cursor.top);
    ctx.lineTo(x + figure.cursor.x, top + figure.cursor.bottom);
    ctx.stroke();
  }
  return pngOf(page);
}

/** A text in lines that fit, broken between words. */
export function wrapped(text: string, room: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
