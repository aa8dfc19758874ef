/** Whose matrices are compared, and what the budget leaves. */
import { count, percent, shortCount } from '../../server/base/units.ts';
import type { Comparison } from '../../server/protocol/language.ts';
import { h, setText } from '../shared/dom.ts';
import type { Row } from './rows.ts';

export interface HeadActions {
  entry(index: number): void;
  showRecipe(): void;
  savePicture(): void;
  saveRows(): void;
}

export class Head {
  readonly element: HTMLElement;
  private readonly title = h('h1');
  private readonly subtitle = h('p', { class: 'subtitle' });
  private readonly entries: HTMLSelectElement;
  private readonly chooser: HTMLElement;
  private readonly exports: HTMLButtonElement[];
  private readonly budget = h('p', { class: 'budget-text' });
  private readonly bar = h('div', { class: 'bar' });
  private readonly progress = h(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': 'Budget used', 'aria-valuemin': 0, 'aria-valuemax': 100 },
    this.bar,
  );
  private known = '';

  constructor(actions: HeadActions) {
    const button = (label: string, onclick: () => void, title: string) =>
      h('button', { type: 'button', class: 'secondary', onclick, title }, label);
    this.entries = h('select', { 'aria-label': 'Entry', onchange: () => actions.entry(Number(this.entries.value)) });
    this.chooser = h('label', { class: 'chooser' }, 'Entry', this.entries);
    this.exports = [
      button('Export PNG', actions.savePicture, 'Save the chart as a picture'),
      button('Export CSV', actions.saveRows, 'Save the rows that are shown'),
    ];
    this.element = h(
      'header',
      { class: 'panel-head' },
      h('div', { class: 'title' }, this.title, this.subtitle),
      h(
        'div',
        { class: 'actions', role: 'toolbar', 'aria-label': 'Comparison' },
        button('Show recipe', actions.showRecipe, 'Go to the recipe'),
        ...this.exports,
      ),
      this.chooser,
      h('div', { class: 'budget-line' }, this.budget, this.progress),
    );
  }

  render(recipe: string, comparison: Comparison | undefined, present: Row | undefined): void {
    setText(this.title, `Methods for ${recipe}`);
    for (const each of this.exports) each.disabled = !comparison;
    this.chooser.hidden = !comparison || comparison.entries.length < 2;
    this.budget.hidden = !comparison;
    this.progress.hidden = comparison?.limit === undefined;
    if (!comparison) {
      setText(this.subtitle, '');
      return;
    }
    const { architecture, totalParameters, matrices, entries, entry, limit } = comparison;
    setText(
      this.subtitle,
      `${architecture}, ${shortCount(totalParameters)} parameters · ${count(matrices)} ${matrices === 1 ? 'matrix' : 'matrices'}`,
    );
    const key = JSON.stringify(entries);
    if (key !== this.known) {
      this.known = key;
      const options = entries.map(({ index, name, method }) =>
        h('option', { value: index }, name === method ? name : `${name} (${method})`),
      );
      this.entries.replaceChildren(...options);
    }
    this.entries.value = String(entry);
    setText(this.budget, budgetText(limit, present?.trainable, entries.length));
    const share = limit !== undefined && limit > 0 ? (present?.trainable ?? 0) / limit : 1;
    this.progress.className = `progress ${share > 1 || (limit ?? 0) <= 0 ? 'failed' : 'finished'}`;
    this.bar.style.width = `${Math.min(100, 100 * share)}%`;
    this.progress.setAttribute('aria-valuenow', String(Math.round(Math.min(100, 100 * share))));
  }
}

/** "Budget: 100,000,000. The recipe trains 20,971,520, 79,028,480 are left (79%)". Pure. */
export function budgetText(limit: number | undefined, trainable: number | undefined, entries: number): string {
  if (limit === undefined) return 'No budget.trainable in the recipe: nothing is too much.';
  const known = `Budget${entries > 1 ? ', less what the other entries train' : ''}: ${count(Math.max(0, limit))}`;
  if (trainable === undefined) return known;
  const left = limit - trainable;
  const says = `${known}. ${entries > 1 ? 'This entry' : 'The recipe'} trains ${count(trainable)}`;
  return left < 0
    ? `${says}, ${count(-left)} too many`
    : `${says}, ${count(left)} are left (${percent(limit > 0 ? left / limit : 0)})`;
}
