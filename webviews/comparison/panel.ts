/** The page: its parts, and which of them each change concerns. */
import { count } from '../../server/base/units.ts';
import type { ComparedRun } from '../../server/protocol/comparison.ts';
import type { FromComparisonView, ToComparisonView } from '../../server/protocol/comparison-view.ts';
import { metricName } from '../../server/report/figures.ts';
import { defaultMetric, frontOf, groupRuns, metricsIn, type RunGroup, spreadOf } from '../../server/report/groups.ts';
import { titleOf } from '../../server/report/look.ts';
import { labelOf, placedGroups, pointText } from '../../server/report/pareto.ts';
import { svgFile } from '../../server/report/svg.ts';
import { MethodButtons } from '../budget/legend.ts';
import { sortedBy, toggled } from '../budget/view-state.ts';
import { pngOf } from '../shared/chart.ts';
import { h, setText } from '../shared/dom.ts';
import { canvasOf } from '../shared/scene.ts';
import { readTheme } from '../shared/theme.ts';
import { ParetoChart } from './chart.ts';
import { ChosenBar } from './chosen.ts';
import { columnsOf, groupsCsv, sortGroups, stateOf } from './columns.ts';
import { GroupsTable } from './table.ts';
import type { ViewState } from './view-state.ts';

type Post = (message: FromComparisonView) => void;

export class ComparisonPage {
  readonly element = h('main', { class: 'budget comparison', hidden: true });
  readonly chart: ParetoChart;
  private readonly view: ViewState;
  private readonly post: Post;
  private readonly save: () => void;
  private readonly title = h('h1');
  private readonly subtitle = h('p', { class: 'subtitle' });
  private readonly metrics: HTMLSelectElement;
  private readonly legend: MethodButtons;
  private readonly heading = h('h2');
  private readonly summary = h('p', { class: 'note muted', id: 'summary' });
  private readonly spoken = h('p', { class: 'visually-hidden', role: 'status' });
  private readonly notes = h('ul', { class: 'notes' });
  private readonly noted: HTMLElement;
  private readonly table: GroupsTable;
  private readonly bar: ChosenBar;
  private runs: ComparedRun[] = [];
  private groups: RunGroup[] = [];
  private ordered: RunGroup[] = [];
  private known = '';

  constructor(view: ViewState, post: Post, save: () => void) {
    this.view = view;
    this.post = post;
    this.save = save;
    const open = (key: string) => this.open(key);
    const choose = (key: string) => this.choose(key);
    this.metrics = h('select', { 'aria-label': 'Metric', onchange: () => this.set({ metric: this.metrics.value }) });
    this.legend = new MethodButtons((method, alone) => {
      this.set({ hidden: toggled(view.hidden, method, this.methods, alone) });
    });
    const facts = (key: string) => this.factsOf(key);
    this.chart = new ParetoChart({ choose, open, facts, speak: (text) => setText(this.spoken, text) }, 'summary');
    this.table = new GroupsTable({ choose, open, sort: (column) => this.set({ sort: sortedBy(view, column) }) });
    this.bar = new ChosenBar({
      open: (run) => post({ type: 'openRun', run }),
      use: (run) => post({ type: 'use', run }),
    });
    this.noted = h('details', { class: 'explanation' }, h('summary', {}, 'Notes about the runs'), this.notes);
    const button = (label: string, onclick: () => void, title: string) =>
      h('button', { type: 'button', class: 'secondary', onclick, title }, label);
    this.element.append(
      h(
        'header',
        { class: 'panel-head' },
        h('div', { class: 'title' }, this.title, this.subtitle),
        h(
          'div',
          { class: 'actions', role: 'toolbar', 'aria-label': 'Comparison' },
          button('Export PNG', () => this.savePicture(), 'Save the chart as a picture, in these colours'),
          button('Export SVG', () => this.saveDrawing(), 'Save the chart as a drawing for print'),
          button('Export CSV', () => this.saveTable(), 'Save the configurations that are shown'),
        ),
      ),
      h('div', { class: 'filter' }, h('label', { class: 'chooser' }, 'Metric', this.metrics), this.legend.element),
      h(
        'section',
        { class: 'card plot', 'aria-label': 'Metric against trainable parameters' },
        h('header', {}, this.heading),
        this.chart.holder,
        this.summary,
      ),
      this.table.element,
      this.noted,
      this.bar.element,
      this.spoken,
    );
  }

  receive(message: ToComparisonView): void {
    if (message.type === 'refused') {
      this.bar.say(undefined, [message.error.message, message.error.hint].filter(Boolean).join(' '));
      return;
    }
    if (message.type === 'used') {
      this.bar.say(`Written into ${message.recipe}.`);
      return;
    }
    this.runs = message.runs;
    this.groups = groupRuns(message.runs);
    setText(this.title, message.title);
    this.element.hidden = false;
    document.body.dataset.state = 'runs';
    this.render();
  }

  /** The theme changed: pictures are in its colours. */
  render(): void {
    const { runs, groups, view, metric } = this;
    const going = runs.filter(({ state }) => state === 'running' || state === 'queued').length;
    const models = [...new Set(runs.map(({ model }) => model))].join(', ');
    const configurations = `${count(groups.length)} ${groups.length === 1 ? 'configuration' : 'configurations'}`;
    setText(
      this.subtitle,
      `${models} · ${count(runs.length)} runs in ${configurations}${going > 0 ? ` · ${going} in progress` : ''}`,
    );
    this.renderChoices();
    const shown = groups.filter(({ method }) => !view.hidden.includes(method));
    const columns = columnsOf(runs, metric);
    this.ordered = sortGroups(shown, columns, view.sort);
    const front = frontOf(shown, metric);
    setText(this.heading, `${metricName(metric)} against trainable parameters`);
    this.chart.draw(shown, metric, view.chosen);
    const keys = new Set(front.map(({ key }) => key));
    this.table.render({ groups: this.ordered, columns, sort: view.sort, chosen: view.chosen, front: keys });
    const away = shown.length - placedGroups(shown, metric).length;
    const missing = away > 0 ? ` ${count(away)} without a value ${away === 1 ? 'is' : 'are'} only in the table.` : '';
    setText(
      this.summary,
      front.length > 0 ? `On the Pareto front: ${front.map(labelOf).join('; ')}.${missing}` : missing.trim(),
    );
    const notes = runs.flatMap(({ id, notes: all }) => all.map((note) => `${id}: ${note}`));
    this.noted.hidden = notes.length === 0;
    this.notes.replaceChildren(...notes.map((note) => h('li', {}, note)));
    this.renderBar();
  }

  private get metric(): string {
    const { metric } = this.view;
    return metric !== undefined && metricsIn(this.runs).includes(metric) ? metric : defaultMetric(this.runs);
  }

  private get methods(): string[] {
    return [...new Set(this.groups.map(({ method }) => method))];
  }

  private renderChoices(): void {
    const names = metricsIn(this.runs);
    const key = JSON.stringify(names);
    if (key !== this.known) {
      this.known = key;
      this.metrics.replaceChildren(...names.map((name) => h('option', { value: name }, metricName(name))));
    }
    this.metrics.value = this.metric;
    this.metrics.disabled = names.length === 0;
    this.legend.render(new Map(this.methods.map((method) => [method, titleOf(method)])), this.view.hidden);
  }

  private set(change: Partial<ViewState>): void {
    Object.assign(this.view, change);
    this.save();
    this.render();
  }

  private choose(chosen: string): void {
    if (chosen !== this.view.chosen) this.bar.say(undefined);
    this.view.chosen = chosen;
    this.save();
    this.table.choose(chosen);
    this.chart.draw(this.ordered, this.metric, chosen);
    this.renderBar();
  }

  private open(key: string): void {
    this.choose(key);
    const [first] = this.groupOf(key)?.runs ?? [];
    if (first) this.post({ type: 'openRun', run: first.run });
  }

  private groupOf(key: string | undefined): RunGroup | undefined {
    return this.groups.find((group) => group.key === key);
  }

  private factsOf(key: string): string[] {
    const group = this.groupOf(key);
    if (!group) return [];
    const value = spreadOf(group, this.metric);
    return [labelOf(group), ...(value ? [pointText(group, value, this.metric)] : []), stateOf(group)];
  }

  private renderBar(): void {
    const group = this.groupOf(this.view.chosen);
    this.bar.render(group, group ? this.factsOf(group.key).slice(1).join(' · ') : '');
  }

  private savePicture(): void {
    const scene = this.chart.exported();
    if (scene) this.saveFile('png', { png: pngOf(canvasOf(scene, readTheme())) });
  }

  private saveDrawing(): void {
    const scene = this.chart.exported();
    if (scene) this.saveFile('svg', { svg: svgFile(scene) });
  }

  private saveTable(): void {
    this.saveFile('csv', { csv: groupsCsv(this.ordered, this.runs, this.metric) });
  }

  private saveFile(ending: string, content: Extract<FromComparisonView, { type: 'save' }>['content']): void {
    const name = (this.title.textContent ?? '').replaceAll(/[^\w.-]+/g, '-') || 'comparison';
    this.post({ type: 'save', name: `${name}-${this.metric.replaceAll(/[^\w.-]+/g, '-')}.${ending}`, content });
  }
}
