/** Singular values, their cumulative energy and their histogram, with the controls of each. */
import { count, percent } from '../../server/base/units.ts';
import { methodOf } from '../../server/methods/registry.ts';
import { h, setText } from '../shared/dom.ts';
import { figure, share, tick } from '../shared/figures.ts';
import type { SpectrumTheme } from './colours.ts';
import { named, numberField, segmented } from './controls.ts';
import { type ChartContent, type ChartCurve, CurveChart, type Region, rankAxis, rankRange } from './curve-chart.ts';
import { addCurveTip, type Reading } from './curve-tip.ts';
import { decimate } from './decimate.ts';
import { binsFor, countFrom, edgesOf, logarithmicRange, outlineOf, shareBetween, sharesOf } from './histogram.ts';
import type { Scene, StyledCurve } from './scene.ts';
import type { ViewState } from './view-state.ts';

export type Settings = (change: Partial<ViewState>) => void;

/** Above this many curves, each is drawn thinner. */
const thinFrom = 8;

export abstract class CurveCard {
  readonly element: HTMLElement;
  readonly chart: CurveChart;
  readonly summary: HTMLElement;
  protected readonly scene: Scene;
  protected readonly controls = h('div', { class: 'controls' });

  constructor(scene: Scene, title: string, id: string, moved: () => void) {
    this.scene = scene;
    this.summary = h('p', { id: `${id}-summary`, class: 'visually-hidden' });
    this.chart = new CurveChart(title, scene.theme, `${id}-summary`, moved);
    this.chart.onResized = () => this.render();
    this.element = h(
      'section',
      { class: 'card plot', id, 'aria-label': title },
      h('header', {}, h('h2', {}, title), this.controls),
      this.chart.holder,
      this.summary,
    );
  }

  setTheme(theme: SpectrumTheme): void {
    this.chart.setTheme(theme);
  }

  abstract render(): void;

  protected styled(curves: readonly StyledCurve[], points: (curve: StyledCurve) => ChartCurve['points']): ChartCurve[] {
    const compared = new Set(curves.map(({ line }) => line.id)).size > 1;
    return curves.map((curve) => ({
      label: curve.label,
      colour: curve.colour,
      dash: curve.dash,
      faint: compared && curve.dash.length === 0,
      thin: curves.length >= thinFrom,
      points: points(curve),
    }));
  }

  /** Every curve at an index, for the tip. */
  protected readings(
    index: number,
    valueAt: (curve: StyledCurve) => number | undefined,
    format: (value: number) => string,
    divisor: (curve: StyledCurve) => number = () => 1,
  ): Reading[] {
    return this.scene.curves().flatMap((curve) => {
      const value = valueAt(curve);
      if (value === undefined) return [];
      const y = value / divisor(curve);
      const { label, colour, dash } = curve;
      return [{ label: `${label}, ${count(index)}`, colour, dash, y, text: format(y) }];
    });
  }

  /** What the recipe's method takes of the matrix in focus. @param falls the curve does, from left to right. */
  protected cutRegions(falls: boolean): Region[] {
    const { cut, focus, theme } = this.scene;
    if (!cut || !focus) return [];
    const largest = Math.min(...focus.shape);
    const title = methodOf(cut.method)?.title ?? cut.method;
    const rank = Math.min(cut.rank, largest);
    const colour = theme.cut;
    if (cut.end === 'top') return [{ label: `${title}: top ${count(rank)}`, from: 0, to: rank, colour, end: 'bottom' }];
    if (cut.end === 'bottom')
      return [
        {
          label: `${title}: bottom ${count(rank)}`,
          from: largest - rank,
          to: largest,
          colour,
          end: falls ? 'top' : 'bottom',
        },
      ];
    return [{ label: `${title}: rank ${count(rank)}`, from: rank, to: rank, colour, end: 'bottom' }];
  }
}

export class ValuesCard extends CurveCard {
  private readonly scale;
  private readonly normal;
  private readonly ranks;

  constructor(scene: Scene, moved: () => void, set: Settings) {
    super(scene, 'Singular values', 'values', moved);
    this.scale = segmented(
      'Values',
      [
        { value: 'linear', text: 'Linear' },
        { value: 'log', text: 'Log' },
      ],
      (value) => set({ logarithmic: value === 'log' }),
    );
    this.normal = segmented(
      'Normalised',
      [
        { value: 'plain', text: 'σ', title: 'As they are' },
        { value: 'normalised', text: 'σ / σ₁', title: 'Each divided by its matrix’s largest' },
      ],
      (value) => set({ normalised: value === 'normalised' }),
    );
    this.ranks = segmented(
      'Index',
      [
        { value: 'linear', text: 'Linear' },
        { value: 'log', text: 'Log' },
      ],
      (value) => set({ logarithmicRanks: value === 'log' }),
    );
    addCurveTip(this.chart, (index) =>
      this.readings(
        index,
        ({ spectrum }) => spectrum.values[index - 1],
        figure,
        (curve) => this.divisor(curve),
      ),
    );
    this.controls.append(this.normal.element, named('Values', this.scale.element), named('Index', this.ranks.element));
  }

  render(): void {
    const { scene } = this;
    const { view } = scene;
    this.scale.set(view.logarithmic ? 'log' : 'linear');
    this.normal.set(view.normalised ? 'normalised' : 'plain');
    this.ranks.set(view.logarithmicRanks ? 'log' : 'linear');
    const curves = scene.curves();
    const divisor = (curve: StyledCurve) => this.divisor(curve);
    const range = rankRange(scene.largestRank, view.logarithmicRanks, this.chart.columns);
    const ranges = curves.map((curve) => logarithmicRange([curve.spectrum.values])?.map((end) => end / divisor(curve)));
    const [lows, highs] = [0, 1].map((end) => ranges.flatMap((each) => each?.[end] ?? []));
    const [low, high] = lows!.length > 0 ? [Math.min(...lows!), Math.max(...highs!)] : [0.1, 1];
    const most = Math.max(0, ...curves.map((curve) => (curve.spectrum.values[0] ?? 0) / divisor(curve)));
    const content: ChartContent = {
      x: rankAxis('index', range),
      y: {
        title: view.normalised ? 'σ / σ₁' : 'singular value σ',
        min: view.logarithmic ? low * 0.9 : 0,
        max: (view.logarithmic ? high : most || 1) * (view.logarithmic ? 1.15 : 1.04),
        logarithmic: view.logarithmic,
        format: tick,
      },
      curves: this.styled(curves, (curve) => {
        const by = divisor(curve);
        const points = decimate(curve.spectrum.values, 1, range);
        return points.map(({ x, y }) => ({ x, y: view.logarithmic && y / by < low ? Number.NaN : y / by }));
      }),
      regions: this.cutRegions(true),
    };
    if (curves.length > 0 && view.logarithmic && lows!.length === 0)
      this.chart.draw(
        { ...content, curves: [], regions: [] },
        'All values are 0: they have no place on a logarithmic axis.',
      );
    else this.chart.draw(content, scene.nothing);
    setText(this.summary, valuesSummary(curves));
  }

  private divisor({ spectrum }: StyledCurve): number {
    return (this.scene.view.normalised && spectrum.measures.largest) || 1;
  }
}

export class EnergyCard extends CurveCard {
  constructor(scene: Scene, moved: () => void) {
    super(scene, 'Cumulative energy', 'energy', moved);
    addCurveTip(this.chart, (rank) => this.readings(rank, ({ spectrum }) => spectrum.cumulative[rank], share));
  }

  render(): void {
    const { scene } = this;
    const { view } = scene;
    const curves = scene.curves();
    const range = rankRange(scene.largestRank, view.logarithmicRanks, this.chart.columns);
    this.chart.draw(
      {
        x: rankAxis('rank', range),
        y: { title: 'share of Σσ²', min: 0, max: 1, logarithmic: false, format: percent },
        curves: this.styled(curves, ({ spectrum }) => decimate(spectrum.cumulative, 0, range)),
        regions: this.cutRegions(false),
      },
      scene.nothing,
    );
    this.renderSummary();
  }

  /** The cursor moved: nothing is drawn anew. */
  renderSummary(): void {
    setText(this.summary, energySummary(this.scene.curves(), this.scene.rank));
  }
}

export class HistogramCard extends CurveCard {
  private readonly scale;
  private readonly low;
  private readonly high;
  private readonly note = h('p', { class: 'note muted' });

  constructor(scene: Scene, set: Settings) {
    super(scene, 'Histogram', 'histogram', () => {});
    const change = (low: number, high: number) => {
      if (low <= high) set({ interval: [low, high] });
    };
    this.low = numberField('Lower end of the interval', { step: 'any', min: 0 }, (low) =>
      change(low, scene.view.interval[1]),
    );
    this.high = numberField('Upper end of the interval', { step: 'any', min: 0 }, (high) =>
      change(scene.view.interval[0], high),
    );
    this.scale = segmented(
      'Bins',
      [
        { value: 'linear', text: 'Linear' },
        { value: 'log', text: 'Log' },
      ],
      (value) => set({ logarithmicBins: value === 'log' }),
    );
    this.controls.append(
      h('span', { class: 'interval' }, 'Interval', this.low.element, '–', this.high.element),
      named('Bins', this.scale.element),
    );
    this.chart.holder.after(this.note);
  }

  render(): void {
    const { scene } = this;
    const { view, theme } = scene;
    const [low, high] = view.interval;
    this.low.set(low);
    this.high.set(high);
    this.scale.set(view.logarithmicBins ? 'log' : 'linear');
    const curves = scene.curves();
    const all = curves.map(({ spectrum }) => spectrum.values);
    const positive = logarithmicRange(all) ?? [0.1, 1];
    const most = Math.max(0, ...all.map((values) => values[0] ?? 0)) || 1;
    const [from, to] = view.logarithmicBins ? positive : [0, most];
    const bins = binsFor(Math.max(0, ...all.map(({ length }) => length)));
    const edges = edgesOf(from, to, bins, view.logarithmicBins);
    const shares = all.map((values) => sharesOf(values, edges));
    const top = Math.max(0.01, ...shares.map((each) => Math.max(...each)));
    this.chart.draw(
      {
        x: { title: 'singular value σ', min: from, max: to, logarithmic: view.logarithmicBins, format: tick },
        y: { title: 'share of values', min: 0, max: top * 1.16, logarithmic: false, format: percent },
        curves: this.styled(curves, () => []).map((curve, i) => ({
          ...curve,
          points: outlineOf(edges, shares[i]!),
          cornered: true,
          filled: curves.length <= 2,
        })),
        regions: [{ label: `${figure(low)} – ${figure(high)}`, from: low, to: high, colour: theme.muted, end: 'top' }],
      },
      scene.nothing,
    );
    setText(this.note, intervalText(curves, view.interval));
    const below = view.logarithmicBins ? all.reduce((sum, each) => sum + each.length - countFrom(each, from), 0) : 0;
    const hidden = below > 0 ? ` ${count(below)} values are below the axis.` : '';
    setText(this.summary, `${this.note.textContent}${hidden}`);
  }
}

/** "99.2% of 768 values lie between 0.1 and 1.1" */
export function intervalText(curves: readonly StyledCurve[], [low, high]: readonly [number, number]): string {
  if (curves.length === 0) return '';
  const shares = curves.map(({ spectrum }) => shareBetween(spectrum.values, low, high));
  const total = curves.reduce((sum, { spectrum }) => sum + spectrum.values.length, 0);
  const inside = curves.reduce((sum, { spectrum }, i) => sum + spectrum.values.length * shares[i]!, 0);
  const text = `${share(inside / total)} of ${count(total)} values lie between ${figure(low)} and ${figure(high)}`;
  if (curves.length === 1) return `${text}.`;
  return `${text}: ${share(Math.min(...shares))} to ${share(Math.max(...shares))} of each curve.`;
}

/** Curves named in a summary at most. */
const spokenCurves = 4;

function valuesSummary(curves: readonly StyledCurve[]): string {
  if (curves.length === 0) return 'No curves.';
  const said = curves.slice(-spokenCurves).map(({ label, spectrum: { values, measures } }) => {
    const { largest, smallest } = measures;
    return `${label}: ${count(values.length)} singular values from ${figure(largest)} down to ${figure(smallest)}`;
  });
  const more = curves.length > said.length ? ` And ${curves.length - said.length} more curves.` : '';
  return `${said.join('. ')}.${more}`;
}

function energySummary(curves: readonly StyledCurve[], rank: number): string {
  if (curves.length === 0) return 'No curves.';
  const said = curves.slice(-spokenCurves).map(({ label, spectrum }) => `${label}: ${share(spectrum.energyAt(rank))}`);
  return `Energy kept at rank ${count(rank)}: ${said.join(', ')}.`;
}
