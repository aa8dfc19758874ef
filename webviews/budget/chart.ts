/** Trainable parameters against update rank, both logarithmic: Chart.js draws points, lines and axes; front, budget and rings are ours. */
import {
  Chart,
  type ChartDataset,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  type Scale,
} from 'chart.js';
import { count, shortCount } from '../../server/base/units.ts';
import { decades, tickStyle } from '../shared/axes.ts';
import { lineOptions, sharpCopy } from '../shared/chart.ts';
import { h, setText } from '../shared/dom.ts';
import type { Point } from '../shared/series.ts';
import { withAlpha } from '../shared/theme.ts';
import { reach } from '../shared/tip.ts';
import { type BudgetTheme, hueOf, shapeOf } from './look.ts';
import { drawBudget, drawFront, drawRings } from './marks.ts';
import { doublings, frontOf, levelsOf, logRange, type Series, seriesOf } from './pareto.ts';
import type { Row } from './rows.ts';

Chart.register(LineController, LineElement, PointElement, LogarithmicScale);

const radius = 4.5;

export interface Plot {
  rows: readonly Row[];
  limit: number | undefined;
  chosen: string | undefined;
}

export class BudgetChart {
  readonly canvas: HTMLCanvasElement;
  readonly holder: HTMLElement;
  series: Series[] = [];
  front: Row[] = [];
  hovered: Row | undefined;
  private plot: Plot = { rows: [], limit: undefined, chosen: undefined };
  private theme: BudgetTheme;
  private readonly chart: Chart<'line', Point[]>;
  private readonly empty = h('p', { class: 'none' });

  constructor(theme: BudgetTheme, summary: string) {
    this.theme = theme;
    this.canvas = h('canvas', {
      tabindex: 0,
      role: 'img',
      'aria-label': 'Trainable parameters against update rank. Arrow keys choose a point, Enter uses it.',
      'aria-describedby': summary,
    });
    this.holder = h('div', { class: 'canvas' }, this.canvas, this.empty);
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [
        { id: 'below', beforeDatasetsDraw: () => this.below() },
        { id: 'above', afterDatasetsDraw: () => this.above() },
      ],
      options: lineOptions({ top: 22, right: 14 }),
    });
  }

  setTheme(theme: BudgetTheme): void {
    this.theme = theme;
    this.draw(this.plot);
  }

  draw(plot: Plot): void {
    this.plot = plot;
    this.series = seriesOf(plot.rows);
    this.front = frontOf(plot.rows);
    setText(this.empty, this.series.length === 0 ? 'Nothing that is shown changes a matrix.' : '');
    const levels = levelsOf(this.series);
    this.chart.options.scales = this.scales();
    this.chart.data.datasets = this.series.map((series) => this.dataset(series, levels));
    this.chart.update('none');
  }

  /** Redraws the rings alone. */
  mark(hovered: Row | undefined, chosen = this.plot.chosen): void {
    if (this.hovered === hovered && this.plot.chosen === chosen) return;
    this.hovered = hovered;
    this.plot = { ...this.plot, chosen };
    this.chart.draw();
  }

  /** CSS pixels on the canvas. */
  pixelOf({ trainable, updateRank }: Pick<Row, 'trainable' | 'updateRank'>): { x: number; y: number } {
    const { x, y } = this.chart.scales;
    return { x: x?.getPixelForValue(trainable) ?? 0, y: y?.getPixelForValue(updateRank) ?? 0 };
  }

  /** The points at a place of the canvas: those nearest to it, and what lies on them. */
  at(x: number, y: number): Row[] {
    const near = this.series
      .flatMap(({ rows }) => rows)
      .map((row) => {
        const place = this.pixelOf(row);
        return { row, place, away: Math.hypot(place.x - x, place.y - y) };
      })
      .filter(({ away }) => away < reach)
      .sort((a, b) => a.away - b.away);
    const [first] = near;
    if (!first) return [];
    return near
      .filter(({ place }) => Math.hypot(place.x - first.place.x, place.y - first.place.y) < 2)
      .map(({ row }) => row);
  }

  /** As sharp as a page of a paper needs it. */
  picture(density: number): HTMLCanvasElement {
    return sharpCopy(this.chart, density);
  }

  private dataset({ method, title, rows }: Series, levels: Map<string, number>): ChartDataset<'line', Point[]> {
    const { theme, plot } = this;
    const colour = theme.lines[hueOf(method)]!;
    const faint = (row: Row) => (row.over ? withAlpha(colour, theme.highContrast ? 0.7 : 0.4) : colour);
    const outer = (row: Row) => levels.get(row.key) ?? 0;
    const allOver = plot.limit !== undefined && rows.every(({ over }) => over);
    return {
      label: title,
      data: rows.map(({ trainable, updateRank }) => ({ x: trainable, y: updateRank })),
      borderColor: withAlpha(colour, allOver ? 0.25 : 0.55),
      borderWidth: theme.highContrast ? 2 : 1.5,
      borderDash: shapeOf(method) === 'circle' ? [] : [5, 3],
      clip: 12,
      pointStyle: shapeOf(method),
      pointRadius: rows.map((row) => radius + 3 * outer(row)),
      pointHoverRadius: rows.map((row) => radius + 3 * outer(row)),
      pointBackgroundColor: rows.map((row) => (outer(row) > 0 ? 'rgba(0, 0, 0, 0)' : faint(row))),
      pointBorderColor: rows.map(faint),
      pointBorderWidth: rows.map((row) => (outer(row) > 0 ? 2 : 1)),
    };
  }

  private scales() {
    const { theme, plot } = this;
    const rows = this.series.flatMap((series) => series.rows);
    const { limit } = plot;
    const x = logRange([...rows.map(({ trainable }) => trainable), ...(limit === undefined ? [] : [limit])]);
    const y = logRange(rows.map(({ updateRank }) => updateRank));
    const { grid, muted, font, fontSize } = theme;
    const axis = (title: string, range = { min: 1, max: 10 }, places = decades, format = count) => ({
      type: 'logarithmic' as const,
      ...range,
      border: { color: grid },
      grid: { color: grid, tickLength: 0 },
      title: { display: true, text: title, color: muted, font: { family: font, size: fontSize }, padding: 2 },
      afterBuildTicks: (scale: Scale) => {
        scale.ticks = places(range).map((value) => ({ value }));
      },
      ticks: {
        ...tickStyle(theme),
        maxRotation: 0,
        autoSkip: true,
        callback: (value: string | number) => format(Number(value)),
      },
    });
    return {
      x: axis('trainable parameters', x, decades, shortCount),
      y: axis('update rank', y, doublings),
    };
  }

  private below(): void {
    const { chart, theme, plot } = this;
    if (!chart.chartArea) return;
    if (plot.limit !== undefined) drawBudget(chart, plot.limit, theme);
    drawFront(
      chart.ctx,
      chart.chartArea,
      this.front.map((row) => this.pixelOf(row)),
      theme,
    );
  }

  private above(): void {
    const { chart, theme, plot, hovered } = this;
    if (!chart.chartArea) return;
    const rows = this.series.flatMap((series) => series.rows);
    const place = (row: Row | undefined) => row && this.pixelOf(row);
    drawRings(chart, theme, {
      present: place(rows.find(({ present }) => present)),
      chosen: place(rows.find(({ key }) => key === plot.chosen)),
      hovered: place(hovered && rows.find(({ key }) => key === hovered.key)),
    });
  }
}
