/** What the cursor's rank would keep, and what it would cost with each method. */
import { count } from '../../server/base/units.ts';
import { energyOfLast, residualAtRank } from '../../server/spectrum/measures.ts';
import { h, setText } from '../shared/dom.ts';
import { figure, share } from '../shared/figures.ts';
import { numberField } from './controls.ts';
import { countsAtRank } from './counts.ts';
import { cellShare } from './numbers.ts';
import type { Scene } from './scene.ts';
import type { Spectrum } from './spectrum.ts';

export class RankCard {
  readonly element: HTMLElement;
  private readonly field;
  private readonly of = h('span', { class: 'muted' });
  private readonly facts = h(
    'dl',
    { class: 'facts' },
    ...factNames(1).map(({ title }) => h('div', { title }, h('dt'), h('dd'))),
  );
  /** The same where several lines are compared. */
  private readonly several = h('table', { class: 'rank-facts' });
  private readonly table = h('tbody');
  private readonly oneHead = h('th', { scope: 'col' });
  private readonly allHead = h('th', { scope: 'col' });
  private readonly use: HTMLButtonElement;
  private readonly refused = h('p', { class: 'refused', role: 'alert' });

  constructor(moved: (rank: number) => void, use: () => void) {
    this.field = numberField('Rank', { min: 1, step: 1, class: 'rank-field' }, moved);
    this.use = h('button', { type: 'button', class: 'primary use-rank', onclick: use });
    this.element = h(
      'section',
      { class: 'card rank-card', 'aria-label': 'At the cursor’s rank' },
      h(
        'div',
        { class: 'rank-head' },
        h('h2', {}, h('label', {}, 'Rank ', this.field.element)),
        this.of,
        h('span', { class: 'actions' }, this.use),
      ),
      this.refused,
      h('div', { class: 'scroll' }, this.facts, this.several),
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Trainable parameters'),
            h('th', { scope: 'col', title: takenTitle }, 'energy taken'),
            this.oneHead,
            this.allHead,
          ),
        ),
        this.table,
      ),
    );
  }

  render(scene: Scene): void {
    const { focus, rank, lines, model, selected, largestRank } = scene;
    if (!focus) return;
    const smallest = Math.min(...focus.shape);
    this.field.element.max = String(largestRank);
    this.field.set(rank);
    setText(this.of, `of ${count(smallest)} · ${scene.nameOf(focus)} (${focus.shape.map(count).join(' × ')})`);
    this.use.hidden = model.recipe === undefined;
    setText(this.use, `Use rank ${rank} here`);
    this.use.disabled = rank > smallest;
    this.use.title = `Write rank ${rank} for ${focus.name} into the recipe’s rank_pattern`;

    const facts = lines.map((line) => factsOf(model.spectrum(focus.name, line), rank));
    if (facts.length === 1) {
      this.facts.hidden = false;
      this.several.hidden = true;
      facts[0]!.forEach((text, i) => {
        setText(this.facts.children[i]!.firstElementChild!, factNames(rank)[i]!.text);
        setText(this.facts.children[i]!.lastElementChild!, text);
      });
    } else {
      this.facts.hidden = true;
      this.several.hidden = false;
      const head = factNames(rank).map(({ text, title }) => h('th', { scope: 'col', title }, text));
      const rows = lines.map(({ title }, i) =>
        h('tr', {}, h('th', { scope: 'row' }, title), ...facts[i]!.map((text) => h('td', {}, text))),
      );
      this.several.replaceChildren(h('thead', {}, h('tr', {}, h('th', {}), ...head)), h('tbody', {}, ...rows));
    }

    setText(this.oneHead, 'this matrix');
    setText(this.allHead, selected.length > 1 ? `all ${count(selected.length)} selected` : '1 selected');
    const base = lines.map((line) => model.spectrum(focus.name, line)).find((found) => found);
    countsAtRank(rank, focus, selected).forEach(({ title, formula, one, reason, all, takes }, i) => {
      const row =
        this.table.rows[i] ??
        this.table.appendChild(
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, title, ' ', h('span', { class: 'muted' }, formula)),
            h('td'),
            h('td'),
            h('td'),
          ),
        );
      setText(row.cells[1]!, energyTaken(base, takes, rank));
      setText(row.cells[2]!, one === undefined ? '–' : count(one));
      if (reason === undefined) row.cells[2]!.removeAttribute('title');
      else row.cells[2]!.title = reason;
      setText(row.cells[3]!, count(all));
    });
  }

  /** @param message why the last edit was not made; undefined: it is forgotten. */
  setRefused(message: string | undefined): void {
    setText(this.refused, message ?? '');
  }
}

const takenTitle = 'Share of Σσ² in the singular values whose directions the method takes: the first, or the last';

/** Of the first line that is shown. */
function energyTaken(spectrum: Spectrum | undefined, takes: 'top' | 'bottom' | undefined, rank: number): string {
  if (!spectrum || !takes) return '–';
  return takes === 'top'
    ? `first ${cellShare(spectrum.energyAt(rank))}`
    : `last ${cellShare(energyOfLast(spectrum.values, rank))}`;
}

const factNames = (rank: number) => [
  { text: 'Energy kept', title: 'Share of Σσ² in the first values, up to this rank' },
  { text: 'Residual', title: 'Relative Frobenius error of the best approximation of this rank' },
  { text: `σ at ${count(rank)}`, title: 'The singular value at this rank' },
];

function factsOf(spectrum: Spectrum | undefined, rank: number): string[] {
  if (!spectrum) return ['–', '–', '–'];
  const { values } = spectrum;
  return [
    share(spectrum.energyAt(rank)),
    figure(residualAtRank(values, rank)),
    figure(values[Math.min(rank, values.length) - 1]),
  ];
}
