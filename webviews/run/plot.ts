/** One chart: decides what is drawn, and draws it. Data stays whole in the model and is cut to what is shown on each draw. */

import type { XAxis } from '../../server/protocol/webview.ts';
import { h, setText } from '../shared/dom.ts';
import { menuButton } from '../shared/menu.ts';
import type { Theme } from '../shared/theme.ts';
import type { Curve } from './curves.ts';
import { type Frame, frameOf, paintFrame } from './frame.ts';
import { type Limits, limitsOf } from './limits.ts';
import { type PlacedMark, paintOverlay } from './overlay.ts';
import { type Drawn, paint } from './paint.ts';
import type { XRange } from './range.ts';
import { type Axis, horizontalAxis, placesOn, valueAt, verticalAxis } from './scale.ts';
import type { TableColumn } from './table.ts';

/** More curves than this are drawn coarser while something moves. */
const draftFrom = 6;

/** Pixels outside of the window in which a plot is drawn all the same. */
const nearBy = 200;

export type SavedAs = 'png' | 'svg' | 'csv';

export interface PlotOptions {
  title: string;
  /** Asked on each draw. */
  curves: () => Curve[];
  format: (value: number) => string;
  /** The axis that plots share, as they share the crosshair. */
  x: { axis: XAxis; visible(): XRange; text(x: number): string; place(x: number): string };
  /** What `curves` may be, each with a button to hide it; without: none. */
  legend?: { label: string; style: Curve['style']; colour: string }[];
  /** The vertical axis starts at 0: for what has no meaning below it. */
  fromZero?: boolean;
  /** Ticks at round numbers of bytes: multiples of a power of two. */
  binary?: boolean;
  marks?: () => readonly PlacedMark[];
  /** What the marks near a place say. */
  words?: (from: number, to: number) => string[];
  /** What its table has, a row a step. */
  columns?: readonly TableColumn[];
  /** It has a menu for files, and this is told. */
  save?: (plot: Plot, as: SavedAs) => void;
  /** It has a button for a logarithmic axis, and this is told. */
  logarithmic?: { at: boolean; chosen(on: boolean): void };
}

export class Plot {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly options: PlotOptions;
  /** The place under the crosshair, shared by all plots. */
  cursor: number | undefined;
  private readonly ctx: CanvasRenderingContext2D;
  private readonly observers: { disconnect(): void }[];
  private readonly hidden = new Set<string>();
  private readonly note = h('span', { class: 'muted left-out' });
  /** The crosshair and the range that is being chosen: elements, since moving them repaints nothing. */
  private readonly line = h('div', { class: 'cursor-line', hidden: true });
  private readonly band = h('div', { class: 'chosen-range', hidden: true });
  private theme: Theme;
  private logarithmic: boolean;
  /** CSS pixels of the canvas; none before it is laid out. */
  private size = { width: 0, height: 0 };
  private frame: Frame | undefined;
  /** Near enough to be seen; what is not is drawn when it comes. */
  private near = false;
  private stale = true;
  private chosen: readonly [number, number] | undefined;

  constructor(options: PlotOptions, theme: Theme, summary: string) {
    this.options = options;
    this.theme = theme;
    this.logarithmic = options.logarithmic?.at ?? false;
    this.canvas = h('canvas', {
      tabindex: 0,
      role: 'img',
      'aria-label': `${options.title}. Arrow keys read values, plus and minus zoom, page up and down move, 0 shows all.`,
      'aria-describedby': summary,
    });
    this.element = h(
      'section',
      { class: 'card plot', 'aria-label': options.title },
      h(
        'header',
        {},
        h('h2', {}, options.title),
        options.legend && this.legend(options.legend),
        this.note,
        h(
          'span',
          { class: 'plot-actions' },
          options.logarithmic && this.logarithmicButton(options.logarithmic),
          options.save && this.saveMenu(options.save),
        ),
      ),
      h('div', { class: 'canvas' }, this.canvas, this.line, this.band),
    );
    this.ctx = this.canvas.getContext('2d')!;
    const resized = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      this.size = { width, height };
      // Whether it is seen is told only after the frame: too late for the first picture.
      this.near ||= this.canvas.getBoundingClientRect().top < window.innerHeight + nearBy;
      this.draw();
    });
    const seen = new IntersectionObserver(
      (entries) => {
        this.near = entries.at(-1)!.isIntersecting;
        if (this.near && this.stale) this.draw();
      },
      // Without a root margins count nothing in a frame of another origin, which a panel is.
      { root: document, rootMargin: `${nearBy}px` },
    );
    resized.observe(this.canvas);
    seen.observe(this.canvas);
    this.observers = [resized, seen];
  }

  /** For what is drawn from now on. */
  setTheme(theme: Theme): void {
    this.theme = theme;
  }

  /** @param moving something is dragged: many curves are drawn coarser, as fast as that is followed. */
  draw(moving = false): void {
    const { width, height } = this.size;
    this.stale = !this.near || width === 0;
    if (this.stale) return;
    const { x, format } = this.options;
    const range = x.visible();
    const curves = this.visible();
    const draft = moving && curves.length > draftFrom;
    // Device-independent pixels: a display twice as dense does not need more to keep every spike.
    const columns = Math.max(1, Math.round(this.frame ? this.frame.right - this.frame.left : width));
    const { drawn, limits } = this.drawnIn(range, draft ? Math.ceil(columns / 2) : columns, curves);
    setText(this.note, limits.leavesOut ? 'without values of 0 or less' : '');
    const { ctx, theme } = this;
    this.prepareCanvas();
    this.frame = frameOf(ctx, {
      width,
      height,
      theme,
      x: (pixels) => horizontalAxis(range, x.axis, pixels),
      y: this.vertical(limits, height),
      format,
      ...(moving && this.frame && { left: this.frame.left }),
    });
    paintFrame(ctx, this.frame, theme, { x: (value) => x.text(value), y: format });
    paint(ctx, this.frame, drawn, theme, draft);
    paintOverlay(ctx, this.frame, this.options.marks?.() ?? [], theme);
    this.placeLine();
    this.placeBand();
  }

  /** The curves that are not hidden as lines, and the range of their values. @param columns pixels, none of which misses a spike. */
  drawnIn(range: XRange, columns: number, curves = this.visible()): { drawn: Drawn[]; limits: Limits } {
    const drawn = curves.map((curve) => ({ curve, line: curve.line({ ...range, columns }) }));
    const lines = drawn.map(({ line }) => line);
    return { drawn, limits: limitsOf(lines, range, this.logarithmic) };
  }

  /** @param height CSS pixels. */
  vertical(limits: Limits, height: number): Axis {
    const { fromZero = false, binary = false } = this.options;
    return verticalAxis(limits, { logarithmic: this.logarithmic, fromZero, binary, height });
  }

  drawCursor(cursor: number | undefined): void {
    if (this.cursor === cursor) return;
    this.cursor = cursor;
    this.placeLine();
  }

  /** Shows the range that is being chosen, from one place to another in any order. */
  drawChosen(chosen: readonly [number, number] | undefined): void {
    this.chosen = chosen;
    this.placeBand();
  }

  visible(): Curve[] {
    return this.options.curves().filter(({ label }) => !this.hidden.has(label));
  }

  swatch(curve: Curve): HTMLElement {
    return swatch(curve.style, curve.colour(this.theme), curve.dashed);
  }

  /** Pixels of the plot itself, without axes. */
  get area(): { left: number; right: number } {
    return this.frame ?? { left: 0, right: 1 };
  }

  placeAt(pixel: number): number | undefined {
    // A pointer is sooner on what was scrolled to than the observer tells of it.
    if (this.stale) {
      this.near = true;
      this.draw();
    }
    const { left, right } = this.area;
    if (!this.frame || pixel < left - 8 || pixel > right + 8) return undefined;
    return valueAt(this.frame.x, pixel);
  }

  pixelAt(place: number): number {
    return this.frame ? placesOn(this.frame.x)(place) : 0;
  }

  destroy(): void {
    for (const each of this.observers) each.disconnect();
    this.element.remove();
  }

  /** As many pixels as the display has, and none of the last picture. */
  private prepareCanvas(): void {
    const { canvas, ctx, size } = this;
    const density = window.devicePixelRatio;
    const [width, height] = [Math.round(size.width * density), Math.round(size.height * density)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    ctx.setTransform(density, 0, 0, density, 0, 0);
    ctx.clearRect(0, 0, size.width, size.height);
  }

  private placeLine(): void {
    const { cursor } = this;
    const { from, to } = this.options.x.visible();
    this.line.hidden = !this.frame || cursor === undefined || cursor < from || cursor > to;
    if (!this.line.hidden) this.place(this.line, Math.round(this.pixelAt(cursor!)), 1);
  }

  private placeBand(): void {
    this.band.hidden = this.chosen === undefined;
    if (!this.chosen || !this.frame) return;
    const { left, right } = this.area;
    const [a, b] = this.chosen.map((place) => Math.min(right, Math.max(left, this.pixelAt(place)))) as [number, number];
    this.place(this.band, Math.min(a, b), Math.abs(b - a));
  }

  private place({ style }: HTMLElement, left: number, width: number): void {
    const { top, bottom } = this.frame!;
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${width}px`;
    style.height = `${bottom - top}px`;
  }

  private logarithmicButton({ at, chosen }: NonNullable<PlotOptions['logarithmic']>): HTMLElement {
    const button = h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        'aria-pressed': String(at),
        title: 'Logarithmic axis',
        onclick: () => {
          this.logarithmic = !this.logarithmic;
          button.setAttribute('aria-pressed', String(this.logarithmic));
          this.draw();
          chosen(this.logarithmic);
        },
      },
      'Log',
    );
    return button;
  }

  private saveMenu(save: NonNullable<PlotOptions['save']>): HTMLElement {
    const item = (as: SavedAs, title: string) => ({ label: as.toUpperCase(), title, act: () => save(this, as) });
    return menuButton('⋯', `Save ${this.options.title.toLowerCase()} as a file`, [
      item('png', 'A picture in these colours, of what is shown'),
      item('svg', 'A drawing for print, of what is shown'),
      item('csv', 'Every step of the runs that are shown'),
    ]);
  }

  private legend(of: NonNullable<PlotOptions['legend']>): HTMLElement {
    return h(
      'div',
      { class: 'legend', role: 'group', 'aria-label': 'Curves' },
      ...of.map(({ label, style, colour }) => {
        const button = h(
          'button',
          {
            type: 'button',
            'aria-pressed': 'true',
            title: `Show or hide ${label.toLowerCase()}`,
            onclick: () => {
              const shown = this.hidden.delete(label);
              if (!shown) this.hidden.add(label);
              button.setAttribute('aria-pressed', String(shown));
              this.draw();
            },
          },
          h('span', { class: `swatch ${style} ${colour}` }),
          label,
        );
        return button;
      }),
    );
  }
}

/** The curve's line in small. */
export function swatch(style: Curve['style'], colour: string, dashed = false): HTMLElement {
  const element = h('span', { class: `swatch ${style}${dashed ? ' dashed' : ''}` });
  element.style.setProperty('--colour', colour);
  return element;
}
