/** One chart: Chart.js draws, this decides what. Data stays whole in the model and is thinned to the plot's pixels on each draw. */
import {
  Chart,
  type ChartDataset,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
} from 'chart.js';
import { lineOptions } from '../shared/chart.ts';
import { h } from '../shared/dom.ts';
import { type Point, thin, thinToMeans } from '../shared/series.ts';
import { type SeriesColour, type Theme, withAlpha } from '../shared/theme.ts';
import { type OverlayState, overlay } from './overlay.ts';
import { scalesOf } from './scales.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

export interface Series {
  label: string;
  colour: SeriesColour;
  /**
   * `faint`: raw values behind their moving average; `smooth`: that average; `dotted`: few points, each marked; `stepped`: a value holds until the
   * next one.
   */
  style: 'faint' | 'smooth' | 'solid' | 'dotted' | 'stepped';
  format(value: number): string;
  points(): readonly Point[];
}

export interface PlotOptions {
  title: string;
  series: Series[];
  format: (value: number) => string;
  /** The last step: all plots share their horizontal axis, as they share the crosshair. */
  lastStep: () => number;
  /** The vertical axis starts at 0: for what has no meaning below it. */
  fromZero?: boolean;
  /** Ticks at round numbers of bytes: multiples of a power of two. */
  binary?: boolean;
  marks?: () => OverlayState['marks'];
}

export class Plot {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly controls: HTMLElement;
  readonly options: PlotOptions;
  /** The step under the crosshair, shared by all plots. */
  cursor: number | undefined;
  private readonly chart: Chart<'line', Point[]>;
  private readonly hidden = new Set<Series>();
  private theme: Theme;
  private logarithmic = false;

  constructor(options: PlotOptions, theme: Theme, summary: string) {
    this.options = options;
    this.theme = theme;
    this.canvas = h('canvas', {
      tabindex: 0,
      role: 'img',
      'aria-label': `${options.title} by step. Arrow keys read values.`,
      'aria-describedby': summary,
    });
    this.controls = h('div', { class: 'controls' });
    this.element = h(
      'section',
      { class: 'card plot', 'aria-label': options.title },
      h('header', {}, h('h2', {}, options.title), options.series.length > 1 ? this.legend() : undefined, this.controls),
      h('div', { class: 'canvas' }, this.canvas),
    );
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [overlay(() => ({ marks: options.marks?.() ?? [], cursor: this.cursor, theme: this.theme }))],
      options: {
        ...lineOptions({ top: 8, right: 12 }),
        onResize: () => requestAnimationFrame(() => this.draw()),
      },
    });
    this.setTheme(theme);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.chart.options.scales = scalesOf(this.options, this.theme, this.logarithmic);
    this.draw();
  }

  setLogarithmic(on: boolean): void {
    this.logarithmic = on;
    this.chart.options.scales = scalesOf(this.options, this.theme, this.logarithmic);
    this.draw();
  }

  draw(): void {
    // Thinned to device-independent pixels: a display twice as dense does not need more to keep every spike.
    const columns = Math.max(1, Math.round(this.chart.chartArea?.width ?? this.canvas.clientWidth));
    this.chart.data.datasets = this.options.series
      .filter((series) => !this.hidden.has(series))
      .map((series) => this.dataset(series, columns));
    this.chart.options.scales!.x!.max = Math.max(1, this.options.lastStep());
    this.chart.update('none');
  }

  /** Redraws the overlay without thinning or scaling anew. */
  drawCursor(cursor: number | undefined): void {
    if (this.cursor === cursor) return;
    this.cursor = cursor;
    this.chart.draw();
  }

  visible(): Series[] {
    return this.options.series.filter((series) => !this.hidden.has(series));
  }

  stepAt(pixel: number): number | undefined {
    const area = this.chart.chartArea;
    if (!area || pixel < area.left - 8 || pixel > area.right + 8) return undefined;
    return this.chart.scales.x?.getValueForPixel(pixel);
  }

  pixelAt(step: number): number {
    return this.chart.scales.x?.getPixelForValue(step) ?? 0;
  }

  private dataset(series: Series, columns: number): ChartDataset<'line', Point[]> {
    const all = series.points();
    const points = series.style === 'smooth' ? thinToMeans(all, columns) : thin(all, columns);
    const colour = this.theme.series[series.colour];
    // Noise that is drawn many times over one pixel adds up to a solid band: the denser, the fainter each line.
    const faint = (this.theme.highContrast ? 0.7 : 0.5) / Math.sqrt(Math.max(1, all.length / columns));
    const dots = series.style === 'dotted' ? (points.length > 60 ? 0 : 3) : points.length === 1 ? 3 : 0;
    return {
      data: points,
      borderColor: series.style === 'faint' ? withAlpha(colour, Math.max(0.2, faint)) : colour,
      backgroundColor: colour,
      borderWidth: series.style === 'faint' ? 1 : this.theme.highContrast ? 2.5 : 2,
      // Rare points before the curve, the curve before the noise.
      order: ['dotted', 'smooth', 'solid', 'stepped', 'faint'].indexOf(series.style),
      borderJoinStyle: 'round',
      clip: 6,
      pointRadius: dots,
      pointHoverRadius: dots,
      spanGaps: series.style === 'dotted',
      ...(series.style === 'stepped' && { stepped: 'before' as const }),
    };
  }

  private legend(): HTMLElement {
    return h(
      'div',
      { class: 'legend', role: 'group', 'aria-label': 'Curves' },
      ...this.options.series.map((series) => {
        const button = h(
          'button',
          {
            type: 'button',
            'aria-pressed': 'true',
            title: `Show or hide ${series.label.toLowerCase()}`,
            onclick: () => {
              const shown = this.hidden.delete(series);
              if (!shown) this.hidden.add(series);
              button.setAttribute('aria-pressed', String(shown));
              this.draw();
            },
          },
          h('span', { class: `swatch ${series.style} ${series.colour}` }),
          series.label,
        );
        return button;
      }),
    );
  }
}
