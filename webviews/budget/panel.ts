/** The page: its parts, and which of them each change concerns. */
import { count } from '../../server/base/units.ts';
import type { FromBudgetView, ToBudgetView } from '../../server/protocol/budget-view.ts';
import type { Comparison } from '../../server/protocol/language.ts';
import { h, setText } from '../shared/dom.ts';
import { Notices } from '../shared/notice.ts';
import { BudgetChart } from './chart.ts';
import { ChosenBar } from './chosen.ts';
import { rowsCsv } from './csv.ts';
import { Head } from './head.ts';
import { Legend } from './legend.ts';
import type { BudgetTheme } from './look.ts';
import { pictureOf } from './picture.ts';
import { addPointing } from './pointing.ts';
import { type Row, rowsOf, shownRows } from './rows.ts';
import { noticesOf, placeholderOf } from './status.ts';
import { RowsTable } from './table.ts';
import { sortedBy, toggled, type ViewState } from './view-state.ts';

type Post = (message: FromBudgetView) => void;

export class BudgetPanel {
  readonly element = h('main', { class: 'budget', hidden: true });
  private readonly view: ViewState;
  private readonly post: Post;
  private readonly save: () => void;
  private theme: BudgetTheme;
  private readonly head: Head;
  private readonly notices = new Notices();
  private readonly placeholder = h('div', { class: 'card placeholder' });
  private readonly problems: HTMLElement;
  private readonly body = h('div', { class: 'budget-body' });
  private readonly spoken = h('p', { class: 'visually-hidden', role: 'status' });
  private readonly summary = h('p', { class: 'note muted', id: 'summary' });
  private readonly legend: Legend;
  private readonly table: RowsTable;
  private readonly bar: ChosenBar;
  readonly chart: BudgetChart;
  private recipe = '';
  private comparison: Comparison | undefined;
  private rows: Row[] = [];

  constructor(view: ViewState, theme: BudgetTheme, post: Post, save: () => void) {
    this.view = view;
    this.theme = theme;
    this.post = post;
    this.save = save;
    const use = (row: Row) => this.use(row);
    const choose = (key: string) => this.choose(key);
    this.head = new Head({
      entry: (entry) => {
        this.set({ entry });
        post({ type: 'entry', entry });
      },
      showRecipe: () => post({ type: 'showRecipe' }),
      savePicture: () => this.savePicture(),
      saveRows: () => this.saveFile('methods.csv', { csv: rowsCsv(this.table.rows) }),
    });
    this.problems = h(
      'div',
      { class: 'actions' },
      h(
        'button',
        { type: 'button', class: 'secondary show-problems', onclick: () => post({ type: 'showProblems' }) },
        'Show in Problems',
      ),
    );
    this.legend = new Legend({
      toggle: (method, alone) => {
        const all = [...new Set(this.rows.map((row) => row.method))];
        this.set({ hidden: toggled(view.hidden, method, all, alone) });
      },
      showAll: () => this.set({ hidden: [] }),
      within: (within) => this.set({ within }),
    });
    this.chart = new BudgetChart(theme, 'summary');
    addPointing(this.chart, {
      chosen: () => view.chosen,
      choose: (key) => {
        choose(key);
        this.table.reveal();
      },
      use,
      speak: (text) => setText(this.spoken, text),
    });
    this.table = new RowsTable({ sort: (column) => this.set({ sort: sortedBy(view, column) }), choose, use });
    this.bar = new ChosenBar(() => {
      const row = this.chosen;
      if (row) use(row);
    });
    this.body.append(
      this.legend.element,
      h(
        'section',
        { class: 'card plot', 'aria-label': 'Trainable parameters against update rank' },
        h('header', {}, h('h2', {}, 'Trainable parameters against update rank'), keys()),
        this.chart.holder,
        this.summary,
      ),
      this.table.element,
      explanation(),
      this.bar.element,
    );
    this.element.append(
      this.head.element,
      this.notices.element,
      this.problems,
      this.placeholder,
      this.body,
      this.spoken,
    );
  }

  receive(message: ToBudgetView): void {
    if (message.type === 'refused') {
      this.bar.setRefused([message.error.message, message.error.hint].filter(Boolean).join(' '));
      return;
    }
    this.recipe = message.recipe;
    const findings = message.type === 'findings' ? message : undefined;
    this.comparison = message.type === 'comparison' ? message.comparison : undefined;
    this.rows = this.comparison ? rowsOf(this.comparison) : [];
    this.bar.setRefused(undefined);
    this.element.hidden = false;
    this.notices.render(findings ? noticesOf(findings) : []);
    this.problems.hidden = !findings || findings.diagnostics.length === 0;
    this.placeholder.hidden = !findings;
    setText(this.placeholder, findings ? placeholderOf(findings) : '');
    this.body.hidden = findings !== undefined;
    document.body.dataset.state = message.type;
    this.render();
  }

  setTheme(theme: BudgetTheme): void {
    this.theme = theme;
    this.chart.setTheme(theme);
  }

  private get chosen(): Row | undefined {
    return this.rows.find(({ key }) => key === this.view.chosen);
  }

  private set(change: Partial<ViewState>): void {
    Object.assign(this.view, change);
    this.save();
    this.render();
  }

  private choose(chosen: string): void {
    if (chosen !== this.view.chosen) this.bar.setRefused(undefined);
    this.view.chosen = chosen;
    this.save();
    this.table.choose(chosen);
    this.chart.mark(this.chart.hovered, chosen);
    this.renderBar();
  }

  private use(row: Row): void {
    this.choose(row.key);
    const { method, form, rank, present } = row;
    if (present || !this.comparison) return;
    const { entry } = this.comparison;
    this.post({ type: 'use', entry, row: { method, form, ...(rank !== undefined && { rank }) } });
  }

  private render(): void {
    const { comparison, view, rows } = this;
    const present = rows.find((row) => row.present);
    this.head.render(this.recipe, comparison, present);
    if (!comparison) return;
    const { limit } = comparison;
    const shown = shownRows(rows, limit === undefined ? { ...view, within: false } : view);
    this.legend.render(rows, view, limit);
    this.chart.draw({ rows: shown, limit, chosen: view.chosen });
    const front = new Set(this.chart.front.map(({ key }) => key));
    this.table.render({ rows: shown, sort: view.sort, chosen: view.chosen, front, limit });
    setText(this.summary, summaryOf(shown, this.chart.front, limit));
    this.renderBar();
  }

  private renderBar(): void {
    this.bar.render(
      this.chosen,
      this.rows.find((row) => row.present),
    );
  }

  private savePicture(): void {
    const { chart, theme, comparison } = this;
    if (!comparison) return;
    const caption = `${comparison.architecture}, ${count(comparison.matrices)} matrices: trainable parameters against update rank`;
    const png = pictureOf(`Methods for ${this.recipe}`, caption, chart.series, (d) => chart.picture(d), theme);
    this.saveFile('methods.png', { png });
  }

  private saveFile(name: string, content: { png: string } | { csv: string }): void {
    this.post({ type: 'save', name: `${this.recipe.replace(/\.peft$/, '')}-${name}`, content });
  }
}

const keys = () =>
  h(
    'ul',
    { class: 'keys muted' },
    h(
      'li',
      { class: 'key-front', title: 'No method that is shown has a larger update rank with fewer parameters' },
      'Pareto front',
    ),
    h('li', { class: 'key-recipe' }, 'the recipe now'),
    h(
      'li',
      { class: 'key-ring', title: 'Methods that count the same here are rings around each other' },
      'several at one place',
    ),
  );

/** "69 rows, 12 above the budget. BitFit changes no matrix and has no place in the chart. Pareto front: …" */
function summaryOf(rows: readonly Row[], front: readonly Row[], limit: number | undefined): string {
  const over = rows.filter((row) => row.over).length;
  const none = [...new Set(rows.filter(({ updateRank }) => updateRank === 0).map(({ title }) => title))];
  const best = [...new Set(front.map(({ name }) => name))];
  return [
    `${count(rows.length)} rows${limit === undefined || over === 0 ? '' : `, ${count(over)} above the budget (dimmed)`}.`,
    best.length > 0 ? `On the Pareto front: ${best.join('; ')}.` : '',
    none.length > 0 ? `${none.join(', ')}: changes no matrix, not in the chart.` : '',
  ]
    .filter(Boolean)
    .join(' ');
}

const explanation = () =>
  h(
    'details',
    { class: 'explanation' },
    h('summary', {}, 'These are counts, not accuracies'),
    h(
      'p',
      {},
      'Trainable is what the optimizer moves. Update rank is the largest rank that the change of one matrix can have: what a method can express, not what it learns. ' +
        'Two methods with the same numbers may differ on your data, and a larger number of either is not a better result. The papers compare accuracies: ',
      h('a', { href: 'https://arxiv.org/abs/2106.09685' }, 'LoRA'),
      ' (§7.2, how small a rank does), ',
      h('a', { href: 'https://arxiv.org/abs/2405.19597' }, 'SVFT'),
      ' (accuracy against trainable parameters).',
    ),
  );
