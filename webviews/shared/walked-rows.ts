/** The body of a sortable table: one of its rows is chosen, by click or walked to with arrow keys; a double click or Enter opens it. */
import { h } from './dom.ts';

export interface RowActions {
  choose(key: string): void;
  open(key: string): void;
}

export class WalkedRows {
  readonly element: HTMLTableSectionElement;
  private readonly actions: RowActions;

  constructor(actions: RowActions) {
    this.actions = actions;
    this.element = h('tbody', { onkeydown: (event) => this.key(event as KeyboardEvent) });
  }

  /** A row that is told apart by its key. */
  row(key: string, className: string | undefined, cells: (HTMLElement | undefined)[]): HTMLTableRowElement {
    const { choose, open } = this.actions;
    return h(
      'tr',
      { 'data-key': key, class: className, onclick: () => choose(key), ondblclick: () => open(key) },
      ...cells,
    );
  }

  /** The keyboard stays where it is. */
  fill(rows: readonly HTMLTableRowElement[], chosen: string | undefined): void {
    const focused = this.element.contains(document.activeElement);
    this.element.replaceChildren(...rows);
    this.choose(chosen);
    if (focused) this.entered?.focus({ preventScroll: true });
  }

  /** Marks a row; the first one is where the keyboard enters when none is. */
  choose(key: string | undefined): void {
    const rows = [...this.element.rows];
    const entered = rows.find((row) => row.dataset.key === key) ?? rows[0];
    for (const row of rows) {
      row.setAttribute('aria-selected', String(row.dataset.key === key));
      row.tabIndex = row === entered ? 0 : -1;
    }
  }

  /** The row that is chosen, else where the keyboard enters. */
  get entered(): HTMLTableRowElement | undefined {
    return [...this.element.rows].find((row) => row.tabIndex === 0);
  }

  private key(event: KeyboardEvent): void {
    const row = (event.target as Element).closest('tr');
    if (!row || event.target !== row) return;
    const at = row.sectionRowIndex;
    const last = this.element.rows.length - 1;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, PageUp: at - 10, PageDown: at + 10, Home: 0, End: last }[
      event.key
    ];
    if (to !== undefined) {
      this.actions.choose(this.element.rows[Math.min(last, Math.max(0, to))]!.dataset.key!);
      this.entered?.focus({ preventScroll: true });
      this.entered?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === ' ') this.actions.choose(row.dataset.key!);
    else if (event.key === 'Enter') this.actions.open(row.dataset.key!);
    else return;
    event.preventDefault();
  }
}

/** A head that sorts by its column. */
export const sortingHead = (column: string, text: string, title: string, sort: () => void): HTMLElement =>
  h('th', { scope: 'col', 'data-column': column, title }, h('button', { type: 'button', onclick: sort }, text));

/** Says at the heads what the rows are sorted by. */
export function markSorted(
  head: HTMLTableRowElement,
  { column, descending }: { column: string; descending: boolean },
): void {
  for (const cell of head.cells)
    if (cell.dataset.column === column) cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    else cell.removeAttribute('aria-sort');
}

export const frontBadge = (): HTMLElement =>
  h(
    'span',
    { class: 'front-badge', title: 'On the Pareto front' },
    '◆',
    h('span', { class: 'visually-hidden' }, ' on the Pareto front'),
  );
