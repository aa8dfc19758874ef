/** The rows as a table: sorted by its heads, walked with arrow keys; a double click, Enter or a row's button writes the row into the recipe. */
import { bytes, count, percent } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { frontBadge, markSorted, sortingHead, WalkedRows } from '../shared/walked-rows.ts';
import { mark } from './look.ts';
import { type Column, ofBudget, type Row, sortRows } from './rows.ts';
import type { Sort } from './view-state.ts';

export interface TableActions {
  sort(column: Column): void;
  choose(key: string): void;
  use(row: Row): void;
}

export interface TableContent {
  rows: readonly Row[];
  sort: Sort<Column>;
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
  private readonly body: WalkedRows;
  private readonly scroll = h('div', { class: 'table-scroll' });
  private readonly note = h('p', { class: 'note muted' });
  private shown: Row[] = [];

  constructor(actions: TableActions) {
    this.actions = actions;
    this.body = new WalkedRows({ choose: actions.choose, open: (key) => this.use(key) });
    this.head.append(
      ...heads.map(({ column, text, title }) => sortingHead(column, text, title, () => actions.sort(column))),
    );
    this.head.cells[2]!.after(this.budgetHead);
    const table = h(
      'table',
      { role: 'grid', 'aria-label': 'Methods and ranks' },
      h('thead', {}, this.head),
      this.body.element,
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
    markSorted(this.head, sort);
    this.budgetHead.hidden = limit === undefined;
    this.body.fill(
      this.shown.map((row) => this.row(row, front.has(row.key), limit)),
      chosen,
    );
    setText(this.note, this.shown.length === 0 ? 'No row fits the filter.' : '');
  }

  choose(key: string): void {
    this.body.choose(key);
  }

  /** The page stays where it is: the pointer is on the chart. */
  reveal(): void {
    const line = this.body.entered;
    if (!line) return;
    const { offsetTop, offsetHeight } = line;
    const above = this.head.offsetHeight;
    const { scrollTop, clientHeight } = this.scroll;
    if (offsetTop - above < scrollTop) this.scroll.scrollTop = offsetTop - above;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight)
      this.scroll.scrollTop = offsetTop + offsetHeight - clientHeight;
  }

  private use(key: string): void {
    this.actions.use(this.shown.find((row) => row.key === key)!);
  }

  private row(row: Row, onFront: boolean, limit: number | undefined): HTMLTableRowElement {
    const { actions } = this;
    const { method, title, form, rank, trainable, adapterBytes, sharedBytes, updateRank, present, over } = row;
    const badges = [...(present ? [h('span', { class: 'badge' }, 'recipe')] : []), ...(onFront ? [frontBadge()] : [])];
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
    return this.body.row(
      row.key,
      [over ? 'over' : '', present ? 'present' : ''].filter(Boolean).join(' ') || undefined,
      [
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
      ],
    );
  }
}
