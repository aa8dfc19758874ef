/** The configurations as a table: sorted by its heads, walked with arrow keys; a double click or Enter opens the run. */
import type { RunGroup } from '../../server/report/groups.ts';
import { mark } from '../budget/look.ts';
import { h, setText } from '../shared/dom.ts';
import type { Column } from './columns.ts';
import type { ViewState } from './view-state.ts';

export interface TableActions {
  sort(column: string): void;
  choose(key: string): void;
  open(key: string): void;
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
  private readonly body = h('tbody');
  private readonly note = h('p', { class: 'note muted' });
  private shown: readonly RunGroup[] = [];
  private known = '';

  constructor(actions: TableActions) {
    this.actions = actions;
    const table = h(
      'table',
      { role: 'grid', 'aria-label': 'Configurations', onkeydown: (event) => this.key(event as KeyboardEvent) },
      h('thead', {}, this.head),
      this.body,
    );
    const scroll = h('div', { class: 'table-scroll' }, table);
    this.element = h('section', { class: 'card rows', 'aria-label': 'Configurations' }, scroll, this.note);
  }

  render({ groups, columns, sort, chosen, front }: TableContent): void {
    this.shown = groups;
    this.heads(columns, sort);
    const focused = this.body.contains(document.activeElement);
    this.body.replaceChildren(...groups.map((group) => this.row(group, columns, front.has(group.key))));
    setText(this.note, groups.length === 0 ? 'No configuration fits the filter.' : '');
    this.choose(chosen);
    if (focused) this.entered?.focus({ preventScroll: true });
  }

  /** Marks a row; the first one is where the keyboard enters when none is. */
  choose(key: string | undefined): void {
    const known = this.shown.some((group) => group.key === key);
    this.shown.forEach((group, i) => {
      const line = this.body.rows[i]!;
      line.setAttribute('aria-selected', String(group.key === key));
      line.tabIndex = (known ? group.key === key : i === 0) ? 0 : -1;
    });
  }

  private get entered(): HTMLTableRowElement | undefined {
    return [...this.body.rows].find((line) => line.tabIndex === 0);
  }

  /** Kept while they are the same: a head may have the keyboard. */
  private heads(columns: readonly Column[], sort: ViewState['sort']): void {
    const key = JSON.stringify(columns.map(({ id }) => id));
    if (key !== this.known) {
      this.known = key;
      this.head.replaceChildren(
        ...columns.map(({ id, text, title }) =>
          h(
            'th',
            { scope: 'col', 'data-column': id, title },
            h('button', { type: 'button', onclick: () => this.actions.sort(id) }, text),
          ),
        ),
      );
    }
    for (const cell of this.head.cells)
      if (cell.dataset.column === sort.column)
        cell.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
  }

  private row(group: RunGroup, columns: readonly Column[], onFront: boolean): HTMLTableRowElement {
    const { actions } = this;
    const badge = h(
      'span',
      { class: 'front-badge', title: 'On the Pareto front' },
      '◆',
      h('span', { class: 'visually-hidden' }, ' on the Pareto front'),
    );
    return h(
      'tr',
      {
        'data-key': group.key,
        class: group.provisional ? 'provisional' : undefined,
        onclick: () => actions.choose(group.key),
        ondblclick: () => actions.open(group.key),
      },
      ...columns.map((column, i) =>
        i === 0
          ? h(
              'th',
              { scope: 'row' },
              h('span', { class: 'name' }, mark(group.method), column.show(group), onFront ? badge : undefined),
            )
          : h('td', {}, column.show(group)),
      ),
    );
  }

  private key(event: KeyboardEvent): void {
    const line = (event.target as Element).closest<HTMLTableRowElement>('tbody tr');
    if (!line || event.target !== line) return;
    const at = line.sectionRowIndex;
    const last = this.shown.length - 1;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: last }[
      event.key
    ];
    if (to !== undefined) {
      this.actions.choose(this.shown[Math.min(last, Math.max(0, to))]!.key);
      this.entered?.focus({ preventScroll: true });
      this.entered?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === ' ') this.actions.choose(this.shown[at]!.key);
    else if (event.key === 'Enter') this.actions.open(this.shown[at]!.key);
    else return;
    event.preventDefault();
  }
}
