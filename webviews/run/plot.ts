/** One chart: Chart.js has the axes, this decides what is drawn. Data stays whole in the model and is cut to what is shown on each draw. */
import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement } from 'chart.js';
import { lineOptions } from '../shared/chart.ts';
import { h, setText } from '../shared/dom.ts';
import type { Point } from '../shared/series.ts';
import type { Theme } from '../shared/theme.ts';
import type { Curve } from './curves.ts';
import { type Limits, limitsOf } from './limits.ts';
import { type PlacedMark, paintOverlay } from './overlay.ts';
import { type Drawn, paint } from './paint.ts';
import type { XRange } from './range.ts';
import { scalesOf } from './scales.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

/** More curves than this are drawn coarser while something moves. */
const draftFrom = 6;

export interface PlotOptions {
  title: string;
  /** Asked on each draw. */
  curves: () => Curve[];
  format: (value: number) => string;
  /** The axis that plots share, as they share the crosshair. */
  x: { axis: string; visible(): XRange; text(x: number): string; place(x: number): string };
  /** What `curves` may be, each with a button to hide it; without: none. */
  legend?: { label: string; style: Curve['style']; colour: string }[];
  /** The vertical axis starts at 0: for what has no meaning below it. */
  fromZero?: boolean;
  /** Ticks at round numbers of bytes: multiples of a power of two. */
  binary?: boolean;
  marks?: () => readonly PlacedMark[];
  /** What the marks near a place say. */
  words?: (from: number, to: number) => string[];
  /** It has a button for a logarithmic axis, and this is told. */
  logarithmic?: { at: boolean; chosen(on: boolean): void };
}

export class Plot {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly options: PlotOptions;
  /** The place under the crosshair, shared by all plots. */
  cursor: number | undefined;
  private readonly chart: Chart<'line', Point[]>;
  private readonly hidden = new Set<string>();
  private readonly note = h('span', { class: 'muted left-out' });
  /** The crosshair and the range that is being chosen: elements, since moving them repaints nothing. */
  private readonly line = h('div', { class: 'cursor-line', hidden: true });
  private readonly band = h('div', { class: 'chosen-range', hidden: true });
  private theme: Theme;
  private logarithmic: boolean;
  private drawn: Drawn[] = [];
  private draft = false;
  private limits: Limits = { min: 0, max: 1, leavesOut: false };
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
        options.logarithmic && this.logarithmicButton(options.logarithmic),
      ),
      h('div', { class: 'canvas' }, this.canvas, this.line, this.band),
    );
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [
        {
          id: 'curves',
          afterDatasetsDraw: (chart) => {
            paint(chart, this.drawn, this.theme, this.draft);
            paintOverlay(chart, { marks: options.marks?.() ?? [], theme: this.theme });
            this.placeLine();
            this.placeBand();
          },
        },
      ],
      options: {
        ...lineOptions({ top: 8, right: 12 }),
        onResize: () => requestAnimationFrame(() => this.draw()),
      },
    });
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.chart.options.scales = scalesOf(this.options, theme, this.logarithmic, () => this.limits);
    this.draw();
  }

  /** @param moving something is dragged: many curves are drawn coarser, as fast as that is followed. */
  draw(moving = false): void {
    const range = this.options.x.visible();
    // Device-independent pixels: a display twice as dense does not need more to keep every spike.
    const columns = Math.max(1, Math.round(this.chart.chartArea?.width ?? this.canvas.clientWidth));
    const curves = this.visible();
    this.draft = moving && curves.length > draftFrom;
    const frame = { ...range, columns: this.draft ? Math.ceil(columns / 2) : columns };
    this.drawn = curves.map((curve) => ({ curve, line: curve.line(frame) }));
    const lines = this.drawn.map(({ line }) => line);
    this.limits = limitsOf(lines, range, this.logarithmic);
    setText(this.note, this.limits.leavesOut ? 'without values of 0 or less' : '');
    const x = this.chart.options.scales!.x!;
    [x.min, x.max] = [range.from, range.to];
    this.chart.update('none');
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
    return this.chart.chartArea ?? { left: 0, right: 1 };
  }

  placeAt(pixel: number): number | undefined {
    const { left, right } = this.area;
    if (pixel < left - 8 || pixel > right + 8) return undefined;
    return this.chart.scales.x?.getValueForPixel(pixel);
  }

  pixelAt(place: number): number {
    return this.chart.scales.x?.getPixelForValue(place) ?? 0;
  }

  destroy(): void {
    this.chart.destroy();
    this.element.remove();
  }

  private placeLine(): void {
    const { cursor } = this;
    const { from, to } = this.options.x.visible();
    this.line.hidden = cursor === undefined || cursor < from || cursor > to;
    if (!this.line.hidden) this.place(this.line, Math.round(this.pixelAt(cursor!)), 1);
  }

  private placeBand(): void {
    this.band.hidden = this.chosen === undefined;
    if (!this.chosen) return;
    const { left, right } = this.area;
    const [a, b] = this.chosen.map((place) => Math.min(right, Math.max(left, this.pixelAt(place)))) as [number, number];
    this.place(this.band, Math.min(a, b), Math.abs(b - a));
  }

  private place({ style }: HTMLElement, left: number, width: number): void {
    const { top, bottom } = this.chart.chartArea;
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${width}px`;
    style.height = `${bottom - top}px`;
  }

  private logarithmicButton({ at, chosen }: NonNullable<PlotOptions['logarithmic']>): HTMLElement {
    const button = h(
      'button',
      {
        type: 'button',
        class: 'log',
        'aria-pressed': String(at),
        title: 'Logarithmic axis',
        onclick: () => {
          this.logarithmic = !this.logarithmic;
          button.setAttribute('aria-pressed', String(this.logarithmic));
          this.setTheme(this.theme);
          chosen(this.logarithmic);
        },
      },
      'Log',
    );
    return button;
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
