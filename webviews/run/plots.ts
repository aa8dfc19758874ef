/** Which charts runs have: the loss, a chart for each metric of their evaluations, and what training costs. */
import { h } from '../shared/dom.ts';
import { figure, memory, seconds, throughput, tick } from '../shared/figures.ts';
import type { SeriesColour, Theme } from '../shared/theme.ts';
import type { Series } from './column.ts';
import { averageOf, type Curve, columnCurves, pointCurve } from './curves.ts';
import { type Horizontal, placeOfStep, type ShownRun } from './horizontal.ts';
import type { Mark, RunModel } from './model.ts';
import type { PlacedMark } from './overlay.ts';
import { Plot, type PlotOptions } from './plot.ts';
import type { XRange } from './range.ts';
import type { Settings } from './settings.ts';
import type { TableColumn } from './table.ts';

/** Marks that stand in the loss chart. */
const markKinds: ReadonlySet<Mark['kind']> = new Set(['checkpoint', 'evaluation', 'best', 'warning', 'resumed']);

/** What plots are made of. */
export interface PlotsBase {
  /** All that are shown or hidden, the panel's own first. */
  runs: () => readonly ShownRun[];
  x: Horizontal;
  settings: Settings;
  summary: string;
  changed(): void;
  /** A chart is wanted as a file. */
  save: NonNullable<PlotOptions['save']>;
  /** Another plot is there. */
  made(plot: Plot): void;
}

const columnName = (title: string): string => title.toLowerCase().replaceAll(' ', '_');

export class Plots {
  readonly element = h('div', { class: 'charts' });
  private readonly base: PlotsBase;
  private readonly fixed: Plot[];
  private readonly metrics = new Map<string, Plot>();
  private theme: Theme;

  constructor(base: PlotsBase, theme: Theme) {
    this.base = base;
    this.theme = theme;
    const small = (
      title: string,
      colour: SeriesColour,
      format: (value: number) => string,
      of: (m: RunModel) => Series,
      smoothed: boolean,
    ) =>
      this.make({
        title,
        format: format === figure ? tick : format,
        fromZero: true,
        binary: format === memory,
        curves: () => this.columns({ label: title, colour, format }, of, smoothed ? base.settings.weight : 0),
        columns: [{ name: columnName(title), of }, ...(smoothed ? [this.smoothed(of)] : [])],
      });
    this.fixed = [
      this.make({
        title: 'Loss',
        format: tick,
        curves: () => this.losses(),
        columns: [
          { name: 'training_loss', of: ({ loss }) => loss },
          this.smoothed(({ loss }) => loss),
          { name: 'evaluation_loss', of: ({ evaluationLoss }) => evaluationLoss },
        ],
        legend: [
          { label: 'Training', style: 'faint', colour: 'training' },
          { label: 'Smoothed', style: 'smooth', colour: 'training' },
          { label: 'Evaluation', style: 'dotted', colour: 'evaluation' },
        ],
        marks: () => this.marks(base.x.visible()),
        words: (from, to) => this.marks({ from, to }).map(({ text }) => text),
      }),
      small('Learning rate', 'rate', figure, ({ learningRate }) => learningRate, false),
      small('Gradient norm', 'gradient', figure, ({ gradNorm }) => gradNorm, true),
      small('Tokens per second', 'throughput', throughput, ({ tokensPerSecond }) => tokensPerSecond, true),
      small('Step time', 'step', seconds, ({ stepSeconds }) => stepSeconds, true),
      small('Memory', 'memory', memory, ({ memory: held }) => held, false),
    ];
    this.element.append(...this.fixed.map(({ element }) => element));
  }

  all(): Plot[] {
    const [loss, ...rest] = this.fixed;
    return [loss!, ...this.metrics.values(), ...rest];
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    for (const plot of this.all()) plot.setTheme(theme);
  }

  draw(): void {
    this.followMetrics();
    this.element.classList.toggle('several', this.several);
    for (const plot of this.all()) plot.draw();
  }

  private get several(): boolean {
    return this.base.runs().length > 1;
  }

  private shown(): ShownRun[] {
    return this.base.runs().filter(({ hidden }) => !hidden);
  }

  private make(options: Omit<PlotOptions, 'x' | 'logarithmic'>): Plot {
    const { x, settings, summary, changed, made, save } = this.base;
    const { title } = options;
    const logarithmic = {
      at: settings.logarithmic.has(title),
      chosen(on: boolean) {
        settings.logarithmic[on ? 'add' : 'delete'](title);
        changed();
      },
    };
    const plot = new Plot({ ...options, x, logarithmic, save }, this.theme, summary);
    made(plot);
    return plot;
  }

  private columns(what: Parameters<typeof columnCurves>[0], of: (m: RunModel) => Series, weight: number): Curve[] {
    const { axis } = this.base.x;
    return this.shown().flatMap((run) => columnCurves(what, run, of, axis, weight, this.several));
  }

  /** The moving average as it is drawn. */
  private smoothed(of: (m: RunModel) => Series): TableColumn {
    return { name: 'smoothed', of: (model) => averageOf(of(model), this.base.settings.weight) };
  }

  private losses(): Curve[] {
    const { x, settings } = this.base;
    const training = { label: 'Training', colour: 'training', format: figure } as const;
    const evaluation = { label: 'Evaluation', colour: 'evaluation', style: 'dotted', format: figure } as const;
    return this.shown().flatMap((run) => [
      ...columnCurves(training, run, ({ loss }) => loss, x.axis, settings.weight, this.several),
      pointCurve(evaluation, run, run.model.evaluationLoss, x.axis, this.several),
    ]);
  }

  /** A chart appears with the first value of a metric, and goes when no run has it any more. */
  private followMetrics(): void {
    const names = new Set(this.base.runs().flatMap(({ model }) => Object.keys(model.metrics)));
    for (const [name, plot] of this.metrics)
      if (!names.has(name)) {
        this.metrics.delete(name);
        plot.destroy();
      }
    for (const name of names) {
      if (this.metrics.has(name)) continue;
      const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
      const what = { label: title, colour: 'evaluation', style: 'dotted', format: figure } as const;
      const curves = () =>
        this.shown().map((run) => pointCurve(what, run, run.model.metrics[name] ?? [], this.base.x.axis, this.several));
      const columns = [{ name, of: ({ metrics }: RunModel) => metrics[name] ?? [] }];
      const plot = this.make({ title, format: tick, curves, columns });
      this.metrics.set(name, plot);
      this.fixed[1]!.element.before(plot.element);
    }
  }

  /** Of the panel's own run: of ten runs they would hide the curves. */
  private marks({ from, to }: XRange): (PlacedMark & { text: string })[] {
    const [run] = this.base.runs();
    if (!run || run.hidden) return [];
    const { axis } = this.base.x;
    return run.model.marks
      .filter(({ kind }) => markKinds.has(kind))
      .map(({ kind, step, text }) => ({ kind, text, x: placeOfStep(run.model, axis, step) }))
      .filter(({ x }) => x >= from && x <= to);
  }
}
