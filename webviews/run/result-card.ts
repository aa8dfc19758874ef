/** The result of a finished run: base against adapter, and where it is. */
import { h } from '../shared/dom.ts';
import type { ResultTable } from './result.ts';

export function resultCard(table: ResultTable): HTMLElement {
  const rows = table.rows.map(({ name, base, adapted, change, better }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', {}, base),
      h('td', {}, adapted),
      h('td', { class: better === undefined ? '' : better ? 'better' : 'worse' }, change),
    ),
  );
  return h(
    'section',
    { class: 'card result', 'aria-label': 'Result' },
    h('header', {}, h('h2', {}, 'Result')),
    rows.length === 0
      ? undefined
      : h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              ...['On the validation data', 'Base', 'Adapted', 'Change'].map((t) => h('th', { scope: 'col' }, t)),
            ),
          ),
          h('tbody', {}, ...rows),
        ),
    h(
      'dl',
      {},
      ...table.facts.map(({ label, value }) => h('div', {}, h('dt', {}, label), h('dd', { title: value }, value))),
    ),
  );
}
