/** One thing that a method learned: its chart, its numbers, and the largest of them as a table. */

import { count } from '../../server/base/units.ts';
import type { LearnedPart, LearnedTable, LearnedVector } from '../../server/protocol/spectrum.ts';
import { h, setText } from '../shared/dom.ts';
import { figure, tick } from '../shared/figures.ts';
import { HeatMap } from '../shared/heat-map.ts';
import type { SpectrumTheme } from './colours.ts';
import { swatch } from './controls.ts';
import { type ChartCurve, CurveChart } from './curve-chart.ts';
import { addCurveTip, type Reading } from './curve-tip.ts';
import { decodeFloats } from './decode.ts';
import {
  aboutOf,
  isShort,
  learnedFacts,
  learnedSummary,
  placeOf,
  tableMap,
  valueAt,
  vectorPoints,
  vectorRange,
} from './learned-maps.ts';

/** One curve of a part's charts. */
interface Drawn {
  label: string;
  values: Float32Array;
  colour: string;
  dash: readonly number[];
}

/** The places of its charts are made once: Chart.js keeps what it draws on. */
export class LearnedPartView {
  readonly element: HTMLElement;
  readonly curve: CurveChart;
  readonly beside: CurveChart;
  readonly map: HeatMap;
  part: LearnedPart | undefined;
  /** The numbers of a vector, and of what is beside it. */
  private values = new Float32Array();
  private besides: Float32Array[] = [];
  private theme: SpectrumTheme;
  private logarithmic = false;
  private readonly title = h('h3');
  private readonly about = h('p', { class: 'note muted' });
  private readonly besideTitle = h('h3');
  private readonly legend = h('div', { class: 'learned-legend' });
  private readonly curvePlot: HTMLElement;
  private readonly besidePlot: HTMLElement;
  private readonly mapPlot: HTMLElement;
  private readonly facts = h('dl', { class: 'facts' });
  private readonly caption = h('caption');
  private readonly largest = h('tbody');
  private readonly summary: HTMLElement;

  constructor(id: string, theme: SpectrumTheme, speak: (text: string) => void) {
    this.theme = theme;
    const summary = `${id}-summary`;
    this.summary = h('p', { id: summary, class: 'visually-hidden' });
    this.curve = new CurveChart('What was learned. Arrow keys read values.', theme, summary, () => {});
    this.beside = new CurveChart('What it comes to. Arrow keys read values.', theme, summary, () => {});
    this.map = new HeatMap('What was learned', theme, summary, speak);
    const last = () => (this.part?.kind === 'vector' ? this.part.length : 0);
    for (const chart of [this.curve, this.beside]) {
      chart.onResized = () => this.draw();
      addCurveTip(chart, (place) => this.readings(chart, place), { last, speak });
    }
    this.curvePlot = h('div', { class: 'plot' }, this.curve.holder);
    this.besidePlot = h('div', { class: 'plot' }, this.besideTitle, this.legend, this.beside.holder);
    this.mapPlot = h('div', { class: 'plot picture' }, this.map.holder);
    this.element = h(
      'div',
      { class: 'learned-part', id },
      h('div', { class: 'plot-head' }, this.title, this.about),
      this.curvePlot,
      this.mapPlot,
      this.besidePlot,
      h(
        'div',
        { class: 'learned-numbers' },
        this.facts,
        h(
          'table',
          {},
          this.caption,
          h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Place'), h('th', { scope: 'col' }, 'Value'))),
          this.largest,
        ),
      ),
      this.summary,
    );
  }

  setTheme(theme: SpectrumTheme): void {
    this.theme = theme;
    for (const each of [this.curve, this.beside, this.map]) each.setTheme(theme);
    this.draw();
  }

  /** @param logarithmic the scale of singular values, where the part's curves are such. */
  render(part: LearnedPart, logarithmic: boolean): void {
    if (part !== this.part && part.kind === 'vector') {
      this.values = decodeFloats(part.values);
      this.besides = part.beside.map(({ values }) => decodeFloats(values));
    }
    this.part = part;
    this.logarithmic = logarithmic;
    setText(this.title, part.title);
    setText(this.about, aboutOf(part));
    setText(this.summary, learnedSummary(part));
    this.facts.replaceChildren(
      ...learnedFacts(part).map(({ label, value, title }) =>
        h('div', { title }, h('dt', {}, label), h('dd', {}, value)),
      ),
    );
    setText(
      this.caption,
      `Furthest from ${figure(part.neutral)}${part.kind === 'table' ? `: ${part.rows}, ${part.columns}` : `: ${part.index}`}`,
    );
    this.largest.replaceChildren(
      ...part.largest.map((entry) =>
        h('tr', {}, h('th', { scope: 'row' }, placeOf(entry)), h('td', {}, figure(entry.value))),
      ),
    );
    this.largest.parentElement!.hidden = part.entries === 0;
    this.curvePlot.hidden = part.kind !== 'vector';
    this.besidePlot.hidden = part.kind !== 'vector' || part.beside.length === 0;
    this.mapPlot.hidden = part.kind !== 'table';
    this.draw();
  }

  private draw(): void {
    const { part } = this;
    if (part?.kind === 'vector') this.drawVector(part);
    else if (part) this.drawTable(part);
  }

  private drawTable(part: LearnedTable): void {
    this.map.draw(tableMap(part), 'There is no number in it.');
  }

  private drawVector(part: LearnedVector): void {
    const { theme } = this;
    const short = isShort(part);
    const [from, to] = short ? [0.5, part.length + 0.5] : [1, Math.max(2, part.length)];
    const x = { title: part.index, min: from, max: to, logarithmic: false, whole: true, format: count };
    const curves = part.length === 0 ? [] : this.curves(this.curve);
    this.curve.draw(
      {
        x,
        y: { title: part.title, ...vectorRange(part), logarithmic: false, format: tick },
        curves: [
          ...(part.length > 0 ? [neutralLine(part.neutral, from, to, theme.muted)] : []),
          ...curves.map(({ label, colour, dash, values }) => ({
            label,
            colour,
            dash,
            cornered: short,
            ...(short && { filled: part.neutral }),
            points: vectorPoints(values, part, short, this.curve.columns),
          })),
        ],
        regions: [],
      },
      'Nothing is left here: the method has taken all of it away.',
    );
    if (part.beside.length === 0) return;
    const besides = this.curves(this.beside);
    setText(this.besideTitle, part.beside.map(({ title }) => title).join(' and '));
    this.legend.replaceChildren(
      ...besides.map(({ label, colour, dash }) => h('span', {}, swatch(colour, dash), label)),
    );
    const shown = besides.flatMap(({ values }) => [...values].filter((value) => !this.logarithmic || value > 0));
    const [low, high] = [shown.reduce((a, b) => Math.min(a, b), Infinity), shown.reduce((a, b) => Math.max(a, b), 0)];
    const log = this.logarithmic && low < high;
    this.beside.draw(
      {
        x,
        y: {
          title: 'singular value',
          min: log ? low * 0.8 : Math.min(0, low),
          max: (high || 1) * (log ? 1.3 : 1.05),
          logarithmic: log,
          format: tick,
        },
        curves: besides.map(({ label, colour, dash, values }, i) => ({
          label,
          colour,
          dash,
          faint: i === 0,
          // A logarithm has no place for what was turned round.
          points: vectorPoints(values, part, short, this.beside.columns).map((point) =>
            log && point.y <= 0 ? { ...point, y: Number.NaN } : point,
          ),
        })),
        regions: [],
      },
      '',
    );
  }

  /** What one of the charts draws, with its colours. */
  private curves(chart: CurveChart): Drawn[] {
    const { part, theme } = this;
    if (part?.kind !== 'vector') return [];
    const [first, second] = [theme.lines[0] ?? theme.text, theme.lines[1] ?? theme.text];
    if (chart === this.curve) return [{ label: part.title, values: this.values, colour: second, dash: [] }];
    return part.beside.map(({ title }, i) => ({
      label: title,
      values: this.besides[i]!,
      colour: i === 0 ? first : second,
      dash: i === 0 ? [] : [6, 4],
    }));
  }

  private readings(chart: CurveChart, place: number): Reading[] {
    const { part } = this;
    if (part?.kind !== 'vector') return [];
    return this.curves(chart).flatMap(({ label, colour, dash, values }) => {
      const y = valueAt(values, part, place);
      return y === undefined ? [] : [{ label: `${label}, ${count(place)}`, colour, dash, y, text: figure(y) }];
    });
  }
}

const neutralLine = (neutral: number, from: number, to: number, colour: string): ChartCurve => ({
  label: `neutral: ${figure(neutral)}`,
  colour,
  dash: [2, 3],
  thin: true,
  cornered: true,
  points: [from, to].map((x) => ({ x, y: neutral })),
});
