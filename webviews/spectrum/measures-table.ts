/** The measures of every curve that is shown. */
import { count } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { swatch } from './controls.ts';
import { shareBetween } from './histogram.ts';
import { cellShare, four } from './numbers.ts';
import type { Scene, StyledCurve } from './scene.ts';

/** Rows beyond this are not laid out: the export has them all. */
const rowsShown = 200;

const heads: readonly { text: string; title: string }[] = [
  { text: 'Largest', title: 'σ₁' },
  { text: 'Smallest', title: 'The last singular value' },
  { text: 'Stable rank', title: '‖W‖_F² / σ₁²' },
  { text: 'Effective rank', title: 'Exponential of the entropy of the singular values' },
  { text: 'Condition', title: 'σ₁ over the last value' },
  { text: 'Rank 90%', title: 'Smallest rank that holds 90% of the energy' },
  { text: 'Rank 99%', title: 'Smallest rank that holds 99% of the energy' },
  { text: 'In interval', title: 'Share of the values in the histogram’s interval' },
  { text: 'Numerical rank', title: 'Values above rounding: max(m, n)·ε·σ₁ of float32' },
];

export class MeasuresTable {
  readonly element: HTMLElement;
  private readonly body = h('tbody');
  private readonly note = h('p', { class: 'note muted' });
  private readonly scene: Scene;

  constructor(scene: Scene, save: () => void) {
    this.scene = scene;
    this.element = h(
      'section',
      { class: 'card measures', 'aria-label': 'Measures' },
      h(
        'header',
        {},
        h('h2', {}, 'Measures of the selected matrices'),
        h(
          'div',
          { class: 'actions' },
          h(
            'button',
            {
              type: 'button',
              class: 'secondary small',
              onclick: save,
              title: 'Save the measures of all matrices as CSV',
            },
            'Measures of all as CSV',
          ),
        ),
      ),
      h(
        'div',
        { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of measures' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, 'Matrix'),
              ...heads.map(({ text, title }) => h('th', { scope: 'col', title }, text)),
            ),
          ),
          this.body,
        ),
      ),
      this.note,
    );
  }

  render(): void {
    const curves = this.scene.curves();
    const shown = curves.slice(0, rowsShown);
    shown.forEach((curve, i) => {
      const row = this.body.rows[i] ?? this.body.appendChild(emptyRow());
      const key = `${curve.label}|${curve.colour}|${curve.dash}`;
      if (row.dataset.curve !== key) {
        row.dataset.curve = key;
        row.cells[0]!.replaceChildren(swatch(curve.colour, curve.dash), curve.label);
        row.cells[0]!.title = curve.spectrum.matrix.name;
      }
      measuresOf(curve, this.scene.view.interval).forEach((text, j) => {
        setText(row.cells[j + 1]!, text);
      });
    });
    while (this.body.rows.length > shown.length) this.body.deleteRow(-1);
    const more = curves.length - shown.length;
    setText(this.note, more > 0 ? `And ${count(more)} more.` : curves.length === 0 ? this.scene.nothing : '');
  }
}

const emptyRow = () => h('tr', {}, h('th', { scope: 'row' }), ...heads.map(() => h('td')));

function measuresOf({ spectrum }: StyledCurve, [low, high]: readonly [number, number]): string[] {
  const { measures, values } = spectrum;
  return [
    four(measures.largest),
    four(measures.smallest),
    four(measures.stableRank),
    four(measures.effectiveRank),
    Number.isFinite(measures.condition) ? four(measures.condition) : '∞',
    count(spectrum.rankFor(0.9)),
    count(spectrum.rankFor(0.99)),
    cellShare(shareBetween(values, low, high)),
    count(measures.numericalRank),
  ];
}
