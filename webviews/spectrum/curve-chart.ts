/** A chart of curves: Chart.js draws lines and axes; shaded regions, the rank cursor and the tip are ours. */
import {
  Chart,
  type ChartOptions,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type Scale,
} from 'chart.js';
import { count } from '../../server/base/units.ts';
import { decades, tickStyle } from '../shared/axes.ts';
import { lineOptions, sharpCopy } from '../shared/chart.ts';
import { h, setText } from '../shared/dom.ts';
import type { Point } from '../shared/series.ts';
import { withAlpha } from '../shared/theme.ts';
import type { SpectrumTheme } from './colours.ts';
import { type AxisRange, straighten } from './decimate.ts';
import { power } from './ticks.ts';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Filler);

export interface ChartAxis {
  title: string;
  min: number;
  max: number;
  logarithmic: boolean;
  /** Ticks at whole numbers only. */
  whole?: boolean;
  format(value: number): string;
}

export interface ChartCurve {
  label: string;
  colour: string;
  dash: readonly number[];
  /** The area below is tinted; a number: the area between the curve and this value. */
  filled?: boolean | number;
  /** Every point is a corner: none is left out. */
  cornered?: boolean;
  /** Drawn thinner: one of many. */
  thin?: boolean;
  /** Drawn fainter: others are compared with it. */
  faint?: boolean;
  points: Point[];
}

/** A shaded range of the horizontal axis. */
export interface Region {
  label: string;
  from: number;
  to: number;
  colour: string;
  /** Where its label stands: where the curve is not. */
  end: 'top' | 'bottom';
}

export interface ChartContent {
  x: ChartAxis;
  y: ChartAxis;
  curves: ChartCurve[];
  regions: Region[];
}

type Scales = NonNullable<ChartOptions<'line'>['scales']>;

export class CurveChart {
  readonly canvas: HTMLCanvasElement;
  readonly holder: HTMLElement;
  readonly title: string;
  content: ChartContent | undefined;
  private readonly chart: Chart<'line', Point[]>;
  private readonly empty = h('p', { class: 'none' });
  private theme: SpectrumTheme;
  private axes = '';
  private readonly moved: () => void;

  /** @param moved the plot's place on the canvas changed: what lies over it has to follow. */
  constructor(title: string, theme: SpectrumTheme, summary: string, moved: () => void) {
    this.title = title;
    this.theme = theme;
    this.moved = moved;
    this.canvas = h('canvas', { role: 'img', 'aria-label': title, 'aria-describedby': summary });
    this.holder = h('div', { class: 'canvas' }, this.canvas, this.empty);
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [
        {
          id: 'regions',
          beforeDatasetsDraw: (chart) => this.drawRegions(chart.ctx),
        },
      ],
      options: {
        ...lineOptions({ top: 10, right: 14 }),
        onResize: () => requestAnimationFrame(() => this.resized()),
      },
    });
  }

  /** Asked for what to draw once its width is known. */
  onResized: () => void = () => {};

  private resized(): void {
    this.onResized();
    this.moved();
  }

  /** Pixels that the plot is wide. */
  get columns(): number {
    return Math.max(64, Math.round(this.chart.chartArea?.width ?? this.canvas.clientWidth));
  }

  get area(): { left: number; right: number; top: number; bottom: number } | undefined {
    return this.chart.chartArea;
  }

  setTheme(theme: SpectrumTheme): void {
    this.theme = theme;
    this.axes = '';
    if (this.content) this.draw(this.content);
  }

  /** @param nothing said instead of curves where there are none. */
  draw(content: ChartContent, nothing = ''): void {
    this.content = content;
    setText(this.empty, content.curves.length === 0 ? nothing : '');
    const key = JSON.stringify([content.x, content.y]);
    if (this.axes !== key) {
      this.axes = key;
      this.chart.options.scales = this.scalesOf(content);
    }
    const { highContrast } = this.theme;
    this.chart.data.datasets = content.curves.map((curve, i) => ({
      // The last one lies over all others: that in focus.
      order: content.curves.length - i,
      data: this.straight(curve, content),
      borderColor: curve.faint ? withAlpha(curve.colour, highContrast ? 0.75 : 0.5) : curve.colour,
      backgroundColor: withAlpha(curve.colour, 0.16),
      borderWidth: (curve.thin ? 1.25 : 2) + (highContrast ? 0.5 : 0),
      borderDash: [...curve.dash],
      borderJoinStyle: 'round',
      fill: typeof curve.filled === 'number' ? { value: curve.filled } : curve.filled ? 'start' : false,
      clip: 2,
      pointRadius: curve.points.length === 1 ? 3 : 0,
      pointHoverRadius: 0,
    }));
    const { columns } = this;
    this.chart.update('none');
    // The first time only now the plot's width is known.
    if (Math.abs(this.columns - columns) > 1) requestAnimationFrame(() => this.onResized());
    this.moved();
  }

  /** Position of a value on the canvas, CSS pixels. */
  pixelOf(x: number): number {
    return this.chart.scales.x?.getPixelForValue(x) ?? 0;
  }

  /** Height of a value on the canvas, CSS pixels. */
  pixelAt(y: number): number {
    return this.chart.scales.y?.getPixelForValue(y) ?? Number.NaN;
  }

  valueAt(pixel: number): number | undefined {
    const { area } = this;
    if (!area || pixel < area.left - 8 || pixel > area.right + 8) return undefined;
    return this.chart.scales.x?.getValueForPixel(Math.min(area.right, Math.max(area.left, pixel)));
  }

  /** As sharp as a page of a paper needs it. */
  picture(density: number): HTMLCanvasElement {
    return sharpCopy(this.chart, density);
  }

  /** What can be seen of a curve. */
  private straight({ points, cornered }: ChartCurve, { x, y }: ChartContent): Point[] {
    if (cornered) return points;
    const columns = this.columns;
    const rows = Math.max(64, (this.area?.bottom ?? 300) - (this.area?.top ?? 0));
    const place = ({ min, max, logarithmic }: ChartAxis, value: number) =>
      logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    return straighten(points, (point) => ({ x: place(x, point.x) * columns, y: place(y, point.y) * rows }));
  }

  private scalesOf({ x, y }: ChartContent): Scales {
    const ticks = tickStyle(this.theme);
    const { grid, muted, font, fontSize } = this.theme;
    const axis = ({ title, min, max, logarithmic, whole, format }: ChartAxis, horizontal: boolean) => ({
      type: logarithmic ? ('logarithmic' as const) : ('linear' as const),
      min,
      max,
      border: { display: horizontal, color: grid },
      grid: { color: grid, tickLength: horizontal ? 4 : 0, drawOnChartArea: !horizontal },
      ticks: {
        ...ticks,
        maxTicksLimit: horizontal ? 8 : 6,
        maxRotation: 0,
        includeBounds: false,
        ...(whole && { precision: 0 }),
        callback: (value: string | number) => (logarithmic ? power(Number(value)) : format(Number(value))),
      },
      title: { display: true, text: title, color: muted, font: { family: font, size: fontSize }, padding: 2 },
      ...(logarithmic && { afterBuildTicks: logarithmicTicks }),
      // Plots above each other keep their left edges in line, and none moves when a tick gets longer.
      ...(!horizontal && {
        afterFit: (scale: Scale) => {
          scale.width = Math.max(scale.width, 64);
        },
      }),
    });
    return { x: axis(x, true), y: axis(y, false) } as Scales;
  }

  private drawRegions(ctx: CanvasRenderingContext2D): void {
    const { area, content, theme } = this;
    const x = this.chart.scales.x;
    if (!area || !content || !x) return;
    ctx.save();
    for (const { from, to, label, colour, end } of content.regions) {
      const inside = (value: number) => Math.min(area.right, Math.max(area.left, x.getPixelForValue(value)));
      if (to < content.x.min || from > content.x.max) continue;
      const [left, right] = [inside(Math.max(from, content.x.min)), inside(Math.min(to, content.x.max))];
      ctx.fillStyle = withAlpha(colour, theme.highContrast ? 0.22 : 0.13);
      ctx.fillRect(left, area.top, right - left, area.bottom - area.top);
      ctx.strokeStyle = withAlpha(colour, 0.8);
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (const [value, at] of [
        [from, left],
        [to, right],
      ] as const)
        if (value > content.x.min && value < content.x.max) {
          ctx.moveTo(Math.round(at) + 0.5, area.top);
          ctx.lineTo(Math.round(at) + 0.5, area.bottom);
        }
      ctx.stroke();
      ctx.font = `${theme.fontSize}px ${theme.font}`;
      ctx.textBaseline = 'top';
      const width = ctx.measureText(label).width;
      const room = area.right - right;
      const at = right - left > width + 8 ? left + 5 : room > width + 8 ? right + 5 : left - width - 5;
      ctx.fillStyle = theme.text;
      // A handle of the cursor may stand at the top.
      ctx.fillText(label, at, end === 'top' ? area.top + 12 : area.bottom - theme.fontSize - 6);
    }
    ctx.restore();
  }
}

function logarithmicTicks(axis: Scale): void {
  const { min, max } = axis;
  const ticks = decades({ min, max }, 7);
  axis.ticks = (ticks.length > 1 ? ticks : [min, max]).map((value) => ({ value }));
}

/** The axis of ranks 1 … k that both curves share. */
export const rankRange = (largest: number, logarithmic: boolean, columns: number): AxisRange => ({
  from: logarithmic ? 1 : 0,
  to: Math.max(2, largest),
  logarithmic,
  columns,
});

/** That axis, as a chart draws it. */
export const rankAxis = (title: 'index' | 'rank', { from, to, logarithmic }: AxisRange): ChartAxis => ({
  title,
  min: from,
  max: to,
  logarithmic,
  whole: true,
  format: count,
});
