/** In which fields the recipes of the shown runs differ. */
import type { RecipeDifference } from '../../server/protocol/language.ts';
import { h } from '../shared/dom.ts';

export class DifferencesCard {
  readonly element = h('details', { class: 'card differences', open: true, hidden: true });
  private shown = '';

  /** @param runs their names. @param rows with a value for each run; undefined: not known yet. */
  render(runs: readonly string[], rows: readonly RecipeDifference[] | undefined): void {
    this.element.hidden = runs.length < 2 || !rows;
    const key = JSON.stringify([runs, rows]);
    if (!rows || key === this.shown) return;
    this.shown = key;
    const table = h(
      'table',
      {},
      h('thead', {}, h('tr', {}, ...['Field', ...runs].map((text) => h('th', { scope: 'col' }, text)))),
      h(
        'tbody',
        {},
        ...rows.map(({ field, values }) =>
          h('tr', {}, h('th', { scope: 'row' }, field), ...values.map((value) => h('td', {}, value ?? '–'))),
        ),
      ),
    );
    this.element.replaceChildren(
      h('summary', {}, h('h2', {}, 'Differences of the recipes'), h('span', { class: 'muted' }, String(rows.length))),
      rows.length > 0
        ? h('div', { class: 'scroll' }, table)
        : h('p', { class: 'note muted' }, 'The recipes say the same.'),
    );
  }
}
