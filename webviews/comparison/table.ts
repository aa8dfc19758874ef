/** The configurations as a table: sorted by its heads, walked with arrow keys; a double click or Enter opens the run. */
import type { RunGroup } from '../../server/report/groups.ts';
import { mark } from '../budget/look.ts';
import { h, setText } from '../shared/dom.ts';
import { frontBadge, markSorted, type RowActions, sortingHead, WalkedRows } from '../shared/walked-rows.ts';
import type { Column } from './columns.ts';
import type { ViewState } from './view-state.ts';

export interface TableActions extends RowActions {
  sort(column: string): void;
}

export interface TableContent {
  /** In their order. */
  groups: readonly RunGroup[];
  columns: readonly Column[];
  sort: ViewState['sort'];
  chosen: string | undefined;
  front: ReadonlySet<string>;
}

export class GroupsTable {
  readonly element: HTMLElement;
  private readonly actions: TableActions;
  private readonly head = h('tr');
  private readonly rows: WalkedRows;
  private readonly note = h('p', { class: 'note muted' });
  private known = '';

  constructor(actions: TableActions) {
    this.actions = actions;
    this.rows = new WalkedRows(actions);
    const table = h(
      'table',
      { role: 'grid', 'aria-label': 'Configurations' },
      h('thead', {}, this.head),
      this.rows.element,
    );
    const scroll = h('div', { class: 'table-scroll' }, table);
    this.element = h('section', { class: 'card rows', 'aria-label': 'Configurations' }, scroll, this.note);
  }

  render({ groups, columns, sort, chosen, front }: TableContent): void {
    this.heads(columns, sort);
    this.rows.fill(
      groups.map((group) => this.row(group, columns, front.has(group.key))),
      chosen,
    );
    setText(this.note, groups.length === 0 ? 'No configuration fits the filter.' : '');
  }

  choose(key: string): void {
    this.rows.choose(key);
  }

  /** Kept while they are the same: a head may have the keyboard. */
  private heads(columns: readonly Column[], sort: ViewState['sort']): void {
    const key = JSON.stringify(columns.map(({ id }) => id));
    if (key !== this.known) {
      this.known = key;
      this.head.replaceChildren(
        ...columns.map(({ id, text, title }) => sortingHead(id, text, title, () => this.actions.sort(id))),
      );
    }
    markSorted(this.head, sort);
  }

  private row(group: RunGroup, columns: readonly Column[], onFront: boolean): HTMLTableRowElement {
    const cells = columns.map((column, i) =>
      i === 0
        ? h(
            'th',
            { scope: 'row' },
            h('span', { class: 'name' }, mark(group.method), column.show(group), onFront ? frontBadge() : undefined),
          )
        : h('td', {}, column.show(group)),
    );
    return this.rows.row(group.key, group.provisional ? 'provisional' : undefined, cells);
  }
}
