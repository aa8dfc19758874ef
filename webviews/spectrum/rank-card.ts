/** What the cursor's rank would keep, and what it would cost with each method. */
import { count, percent } from '../../server/base/units.ts';
import { residualAtRank } from '../../server/spectrum/measures.ts';
import { h, setText } from '../shared/dom.ts';
import { figure } from '../shared/figures.ts';
import { numberField } from './controls.ts';
import { countsAtRank } from './counts.ts';
import type { Scene } from './scene.ts';

export class RankCard {
  readonly element: HTMLElement;
  private readonly field;
  private readonly of = h('span', { class: 'muted' });
  private readonly facts = h('dl', { class: 'facts' });
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
      this.facts,
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Trainable parameters'), this.oneHead, this.allHead)),
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

    const facts = lines.flatMap((line) => {
      const spectrum = model.spectrum(focus.name, line);
      const suffix = lines.length > 1 ? `, ${line.title}` : '';
      const energy = spectrum ? percent(spectrum.energyAt(rank)) : '–';
      const residual = spectrum ? figure(residualAtRank(spectrum.values, rank)) : '–';
      const value = spectrum ? figure(spectrum.values[Math.min(rank, smallest) - 1]) : '–';
      return [
        { label: `Energy kept${suffix}`, value: energy, title: 'Share of Σσ² in the first values, up to this rank' },
        {
          label: `Residual${suffix}`,
          value: residual,
          title: 'Relative Frobenius error of the best approximation of this rank',
        },
        { label: `σ at ${count(rank)}${suffix}`, value, title: 'The singular value at this rank' },
      ];
    });
    facts.forEach(({ label, value, title }, i) => {
      const fact = this.facts.children[i] ?? this.facts.appendChild(h('div', {}, h('dt'), h('dd')));
      fact.setAttribute('title', title);
      setText(fact.firstElementChild!, label);
      setText(fact.lastElementChild!, value);
    });
    while (this.facts.children.length > facts.length) this.facts.lastElementChild!.remove();

    setText(this.oneHead, 'this matrix');
    setText(this.allHead, selected.length > 1 ? `all ${count(selected.length)} selected` : '1 selected');
    countsAtRank(rank, focus, selected).forEach(({ title, formula, one, reason, all }, i) => {
      const row =
        this.table.rows[i] ??
        this.table.appendChild(
          h('tr', {}, h('th', { scope: 'row' }, title, ' ', h('span', { class: 'muted' }, formula)), h('td'), h('td')),
        );
      setText(row.cells[1]!, one === undefined ? '–' : count(one));
      if (reason === undefined) row.cells[1]!.removeAttribute('title');
      else row.cells[1]!.title = reason;
      setText(row.cells[2]!, count(all));
    });
  }

  /** @param message why the last edit was not made; undefined: it is forgotten. */
  setRefused(message: string | undefined): void {
    setText(this.refused, message ?? '');
  }
}
