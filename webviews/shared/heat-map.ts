/** A matrix of numbers as a picture, with axes and a scale of its own. */
import { h } from './dom.ts';
import { type ColourScale, colourAt, css, inkOn, placeOn } from './ramps.ts';
import type { Theme } from './theme.ts';
import { placeTip } from './tip.ts';

export interface HeatMapContent {
  rows: number;
  columns: number;
  /** [rows × columns], row-major; NaN: nothing there. */
  values: ArrayLike<number>;
  scale: ColourScale | undefined;
  /** Titles of the axes; ticks stand at cells. */
  x: { title: string; ticks: { at: number; label: string }[] };
  y: { title: string; ticks: { at: number; label: string }[] };
  legend: string;
  format(value: number): string;
  /** A row that is marked, e.g. that of the matrix in focus. */
  marked?: number;
  /** Rows and columns are of one kind: the picture is as wide as it is high. */
  square?: true;
  /** Values stand in their cells, as short as this writes them, where they fit. */
  numbers?(value: number): string;
  /** Of one cell, for tip and screen readers. */
  describe(row: number, column: number): string;
}

const margin = { right: 16, top: 34, bottom: 38 };
/** Before the labels of the rows: the axis's title. */
const titleWidth = 24;

export class HeatMap {
  readonly canvas: HTMLCanvasElement;
  readonly holder: HTMLElement;
  readonly title: string;
  content: HeatMapContent | undefined;
  private theme: Theme;
  private readonly tip = h('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' });
  private readonly empty = h('p', { class: 'none' });
  private readonly raster = document.createElement('canvas');
  private cell: { row: number; column: number } | undefined;
  private nothing = '';
  private left = titleWidth + 30;

  /** @param speak receives the cell in words when keys moved to it. @param pick a row was chosen. */
  constructor(
    title: string,
    theme: Theme,
    summary: string,
    speak: (text: string) => void,
    pick?: (row: number) => void,
  ) {
    this.title = title;
    this.theme = theme;
    this.canvas = h('canvas', {
      tabindex: 0,
      role: 'img',
      'aria-label': `${title}. Arrow keys read values.`,
      'aria-describedby': summary,
    });
    this.holder = h('div', { class: 'canvas' }, this.canvas, this.empty, this.tip);
    this.canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => this.point(this.cellAt(offsetX, offsetY)));
    this.canvas.addEventListener('pointerleave', () => this.point(undefined));
    this.canvas.addEventListener('blur', () => this.point(undefined));
    this.canvas.addEventListener('click', ({ offsetX, offsetY }) => {
      const cell = this.cellAt(offsetX, offsetY);
      if (cell) pick?.(cell.row);
    });
    this.canvas.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.point(undefined);
      if (event.key === 'Enter' && this.cell) pick?.(this.cell.row);
      const next = this.step(event.key);
      if (!next) return;
      event.preventDefault();
      this.point(next);
      speak(this.content!.describe(next.row, next.column));
    });
    new ResizeObserver(() => requestAnimationFrame(() => this.paint())).observe(this.holder);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.paint();
  }

  draw(content: HeatMapContent | undefined, nothing = ''): void {
    this.content = content;
    this.nothing = nothing;
    this.paint();
    this.point(undefined);
  }

  picture(density: number): HTMLCanvasElement {
    const copy = document.createElement('canvas');
    const [width, height] = [this.holder.clientWidth, this.holder.clientHeight];
    [copy.width, copy.height] = [width * density, height * density];
    const ctx = copy.getContext('2d')!;
    ctx.scale(density, density);
    this.paintOn(ctx, width, height);
    return copy;
  }

  private paint(): void {
    const { canvas, holder } = this;
    const [width, height] = [holder.clientWidth, holder.clientHeight];
    if (width === 0 || height === 0) return;
    const density = window.devicePixelRatio || 1;
    const [w, h_] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width !== w || canvas.height !== h_) [canvas.width, canvas.height] = [w, h_];
    const ctx = canvas.getContext('2d')!;
    ctx.setTransform(density, 0, 0, density, 0, 0);
    ctx.clearRect(0, 0, width, height);
    const filled = this.content?.scale !== undefined;
    this.empty.textContent = filled ? '' : this.nothing;
    if (filled) this.paintOn(ctx, width, height);
  }

  private paintOn(ctx: CanvasRenderingContext2D, width: number, height: number): void {
    const { content, theme, raster } = this;
    if (!content?.scale) return;
    const { rows, columns, values, scale, x, y, marked } = content;
    ctx.font = `${theme.fontSize}px ${theme.font}`;
    const labels = Math.max(...y.ticks.map(({ label }) => ctx.measureText(label).width), 30);
    const plot = boxOf(width, height, titleWidth + labels, content.square);
    this.left = plot.left;
    [raster.width, raster.height] = [columns, rows];
    const small = raster.getContext('2d')!;
    const image = small.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      const place = placeOn(scale, values[i]!);
      if (Number.isNaN(place)) continue;
      image.data.set([...colourAt(scale, place, theme.dark), 255], 4 * i);
    }
    small.putImageData(image, 0, 0);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(raster, plot.left, plot.top, plot.width, plot.height);
    if (content.numbers) this.paintNumbers(ctx, plot);

    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.strokeRect(plot.left - 0.5, plot.top - 0.5, plot.width + 1, plot.height + 1);
    ctx.fillStyle = theme.muted;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    const cellHeight = plot.height / rows;
    let last = -Infinity;
    for (const { at, label } of y.ticks) {
      const middle = plot.top + (at + 0.5) * cellHeight;
      if (middle - last < theme.fontSize + 2) continue;
      last = middle;
      ctx.fillText(label, plot.left - 6, middle);
    }
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    let edge = -Infinity;
    for (const { at, label } of x.ticks) {
      const middle = plot.left + ((at + 0.5) * plot.width) / columns;
      const half = ctx.measureText(label).width / 2;
      const inside = Math.min(middle, width - half - 2);
      if (inside - half < edge + 6) continue;
      edge = inside + half;
      ctx.fillText(label, inside, plot.bottom + 5);
    }
    ctx.fillText(x.title, plot.left + plot.width / 2, plot.bottom + 20);
    ctx.save();
    ctx.translate(9, plot.top + plot.height / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.textBaseline = 'middle';
    ctx.fillText(y.title, 0, 0);
    ctx.restore();
    if (marked !== undefined) {
      ctx.fillStyle = theme.text;
      const middle = plot.top + (marked + 0.5) * cellHeight;
      ctx.beginPath();
      ctx.moveTo(plot.left + plot.width + 3, middle);
      ctx.lineTo(plot.left + plot.width + 11, middle - 5);
      ctx.lineTo(plot.left + plot.width + 11, middle + 5);
      ctx.fill();
    }
    this.paintLegend(ctx, plot);
  }

  private paintNumbers(ctx: CanvasRenderingContext2D, plot: Box): void {
    const { theme } = this;
    const { rows, columns, values, scale, numbers } = this.content!;
    const [w, h_] = [plot.width / columns, plot.height / rows];
    const texts = Array.from({ length: rows * columns }, (_, i) =>
      Number.isNaN(values[i]!) ? '' : numbers!(values[i]!),
    );
    const widest = Math.max(...texts.map((text) => ctx.measureText(text).width));
    if (widest + 6 > w || theme.fontSize + 2 > h_) return;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    for (const [i, text] of texts.entries()) {
      if (text === '') continue;
      ctx.fillStyle = inkOn(colourAt(scale!, placeOn(scale!, values[i]!), theme.dark));
      ctx.fillText(text, plot.left + ((i % columns) + 0.5) * w, plot.top + (Math.floor(i / columns) + 0.5) * h_);
    }
  }

  private paintLegend(ctx: CanvasRenderingContext2D, plot: Box): void {
    const { content, theme } = this;
    const { scale, legend, format } = content!;
    const [low, high] = [format(scale!.low), format(scale!.high)];
    const bar = { width: Math.min(110, plot.width / 4), height: 8, top: plot.top - 20 };
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'right';
    ctx.fillStyle = theme.muted;
    const middle = bar.top + bar.height / 2;
    let at = plot.left + plot.width;
    ctx.fillText(high, at, middle);
    at -= ctx.measureText(high).width + 6 + bar.width;
    for (let i = 0; i < bar.width; i++) {
      ctx.fillStyle = css(colourAt(scale!, i / (bar.width - 1), theme.dark));
      ctx.fillRect(at + i, bar.top, 1.5, bar.height);
    }
    ctx.fillStyle = theme.muted;
    ctx.fillText(low, at - 6, middle);
    at -= ctx.measureText(low).width + 14;
    ctx.textAlign = 'left';
    const text = `${legend}${scale!.logarithmic ? ' (log)' : ''}`;
    if (ctx.measureText(text).width < at - plot.left) ctx.fillText(text, plot.left, middle);
  }

  private get box(): Box {
    return boxOf(this.holder.clientWidth, this.holder.clientHeight, this.left, this.content?.square);
  }

  private cellAt(px: number, py: number): { row: number; column: number } | undefined {
    if (!this.content?.scale) return undefined;
    const plot = this.box;
    const column = Math.floor(((px - plot.left) / plot.width) * this.content.columns);
    const row = Math.floor(((py - plot.top) / plot.height) * this.content.rows);
    const inside = column >= 0 && row >= 0 && column < this.content.columns && row < this.content.rows;
    return inside ? { row, column } : undefined;
  }

  private step(key: string): { row: number; column: number } | undefined {
    if (!this.content?.scale || !key.startsWith('Arrow')) return undefined;
    if (!this.cell) return { row: 0, column: 0 };
    const { row, column } = this.cell;
    const { rows, columns } = this.content;
    return {
      row: Math.min(rows - 1, Math.max(0, row + (key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0))),
      column: Math.min(columns - 1, Math.max(0, column + (key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0))),
    };
  }

  private point(cell: { row: number; column: number } | undefined): void {
    this.cell = cell;
    this.tip.hidden = cell === undefined;
    if (!cell || !this.content) return;
    const { rows, columns, describe } = this.content;
    this.tip.textContent = describe(cell.row, cell.column);
    const plot = this.box;
    const x = plot.left + ((cell.column + 0.5) * plot.width) / columns;
    const y = plot.top + ((cell.row + 0.5) * plot.height) / rows;
    placeTip(this.tip, x, this.holder.clientWidth);
    this.tip.style.top = `${Math.max(0, Math.min(y, this.holder.clientHeight - this.tip.offsetHeight))}px`;
  }
}

interface Box {
  left: number;
  top: number;
  bottom: number;
  width: number;
  height: number;
}

function boxOf(width: number, height: number, left: number, square?: true): Box {
  const [w, h_] = [Math.max(1, width - left - margin.right), Math.max(1, height - margin.top - margin.bottom)];
  const side = Math.min(w, h_);
  const [across, down] = square ? [side, side] : [w, h_];
  return { left, top: margin.top, bottom: margin.top + down, width: across, height: down };
}

/** At most `most` ticks at round places among `count`. */
export function everyFew(count: number, most: number, label: (i: number) => string): { at: number; label: string }[] {
  const steps = [1, 2, 4, 5, 8, 10, 16, 20, 32, 50, 64];
  const step = steps.find((each) => count / each <= most) ?? Math.ceil(count / most);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => ({ at: i * step, label: label(i * step) }));
}
