/** The rows as a table: sorted by its heads, walked with arrow keys; a double click, Enter or a row's button writes the row into the recipe. */
import { bytes, count, percent } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { mark } from './look.ts';
import { type Column, ofBudget, type Row, sortRows } from './rows.ts';
import type { SortState } from './view-state.ts';

export interface TableActions {
  sort(column: Column): void;
  choose(key: string): void;
  use(row: Row): void;
}

export interface TableContent {
  rows: readonly Row[];
  sort: SortState;
  chosen: string | undefined;
  front: ReadonlySet<string>;
  limit: number | undefined;
}

const heads: readonly { column: Column; text: string; title: string }[] = [
  { column: 'method', text: 'Method', title: 'Method, and which of its forms' },
  { column: 'rank', text: 'Rank', title: 'The field `rank`, for all matrices' },
  { column: 'trainable', text: 'Trainable', title: 'Parameters that are trained' },
  { column: 'percent', text: 'Percent', title: "Of the base's parameters" },
  { column: 'updateRank', text: 'Update rank', title: 'The largest rank that the change of a matrix can have' },
  { column: 'file', text: 'File', title: 'Size of the adapter, one for each task' },
  { column: 'shared', text: 'Shared', title: 'Frozen factors on disk, once for all adapters of the base' },
];

export class RowsTable {
  readonly element: HTMLElement;
  private readonly actions: TableActions;
  private readonly head = h('tr');
  private readonly budgetHead = h('th', { scope: 'col', title: 'Trainable, of what the budget leaves' }, 'Of budget');
  private readonly body = h('tbody');
  private readonly scroll = h('div', { class: 'table-scroll' });
  private readonly note = h('p', { class: 'note muted' });
  private shown: Row[] = [];

  constructor(actions: TableActions) {
    this.actions = actions;
    this.head.append(
      ...heads.map(({ column, text, title }) =>
        h(
          'th',
          { scope: 'col', 'data-column': column, title },
          h('button', { type: 'button', onclick: () => actions.sort(column) }, text),
        ),
      ),
    );
    this.head.cells[2]!.after(this.budgetHead);
    const table = h(
      'table',
      {
        role: 'grid',
        'aria-label': 'Methods and ranks',
        onkeydown: (event) => this.key(event as KeyboardEvent),
      },
      h('thead', {}, this.head),
      this.body,
    );
    this.scroll.append(table);
    this.element = h('section', { class: 'card rows', 'aria-label': 'Methods and ranks' }, this.scroll, this.note);
  }

  /** In the order of the table. */
  get rows(): readonly Row[] {
    return this.shown;
  }

  render({ rows, sort, chosen, front, limit }: TableContent): void {
    this.shown = sortRows(rows, sort);
    for (const cell of this.head.cells) {
      const sorted = cell.dataset.column === sort.column;
      if (sorted) cell.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
    this.budgetHead.hidden = limit === undefined;
    const focused = this.body.contains(document.activeElement);
    this.body.replaceChildren(...this.shown.map((row) => this.row(row, front.has(row.key), limit)));
    setText(this.note, this.shown.length === 0 ? 'No row fits the filter.' : '');
    this.choose(chosen);
    if (focused) this.chosen?.focus({ preventScroll: true });
  }

  /** Marks a row; the first one is where the keyboard enters when none is. */
  choose(key: string | undefined): void {
    const known = this.shown.some((row) => row.key === key);
    this.shown.forEach((row, i) => {
      const line = this.body.rows[i]!;
      line.setAttribute('aria-selected', String(row.key === key));
      line.tabIndex = known ? (row.key === key ? 0 : -1) : i === 0 ? 0 : -1;
    });
  }

  /** The page stays where it is: the pointer is on the chart. */
  reveal(): void {
    const line = this.chosen;
    if (!line) return;
    const { offsetTop, offsetHeight } = line;
    const above = this.head.offsetHeight;
    const { scrollTop, clientHeight } = this.scroll;
    if (offsetTop - above < scrollTop) this.scroll.scrollTop = offsetTop - above;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight)
      this.scroll.scrollTop = offsetTop + offsetHeight - clientHeight;
  }

  private get chosen(): HTMLTableRowElement | undefined {
    return [...this.body.rows].find((line) => line.tabIndex === 0);
  }

  private focus(): void {
    this.chosen?.focus({ preventScroll: true });
    this.chosen?.scrollIntoView({ block: 'nearest' });
  }

  private row(row: Row, onFront: boolean, limit: number | undefined): HTMLTableRowElement {
    const { actions } = this;
    const { method, title, form, rank, trainable, adapterBytes, sharedBytes, updateRank, present, over } = row;
    const badges = [
      ...(present ? [h('span', { class: 'badge' }, 'recipe')] : []),
      ...(onFront
        ? [h('span', { class: 'front-badge', title: 'On the Pareto front' }, '◆', hiddenText(' on the Pareto front'))]
        : []),
    ];
    const share = limit === undefined ? undefined : ofBudget(trainable, limit);
    const button = h(
      'button',
      {
        type: 'button',
        class: 'use',
        tabindex: -1,
        title: `Write ${row.label} into the recipe`,
        onclick: () => actions.use(row),
      },
      'Use',
    );
    return h(
      'tr',
      {
        'data-key': row.key,
        class: [over ? 'over' : '', present ? 'present' : ''].filter(Boolean).join(' ') || undefined,
        onclick: () => actions.choose(row.key),
        ondblclick: () => actions.use(row),
      },
      h(
        'th',
        { scope: 'row' },
        h(
          'span',
          { class: 'name' },
          mark(method),
          title,
          form ? h('span', { class: 'muted' }, form) : undefined,
          ...badges,
        ),
        // In the column that stays in view.
        present ? undefined : button,
      ),
      h('td', {}, rank === undefined ? '–' : count(rank)),
      h('td', {}, count(trainable)),
      share === undefined ? undefined : h('td', { class: 'of-budget' }, over ? `over: ${share}` : share),
      h('td', {}, percent(row.percent / 100)),
      h('td', {}, updateRank === 0 ? '–' : count(updateRank)),
      h('td', {}, bytes(adapterBytes)),
      h('td', {}, sharedBytes === 0 ? '–' : bytes(sharedBytes)),
    );
  }

  private key(event: KeyboardEvent): void {
    const line = (event.target as Element).closest<HTMLTableRowElement>('tbody tr');
    if (!line || event.target !== line) return;
    const at = line.sectionRowIndex;
    const row = this.shown[at]!;
    const last = this.shown.length - 1;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: last }[
      event.key
    ];
    if (to !== undefined) {
      this.actions.choose(this.shown[Math.min(last, Math.max(0, to))]!.key);
      this.focus();
    } else if (event.key === ' ') this.actions.choose(row.key);
    else if (event.key === 'Enter') this.actions.use(row);
    else return;
    event.preventDefault();
  }
}

const hiddenText = (text: string) => h('span', { class: 'visually-hidden' }, text);
