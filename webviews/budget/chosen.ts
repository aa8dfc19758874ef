/** The chosen row at the foot of the window: what it counts, beside what the recipe trains now, and the button that writes it. */
import { bytes, count, percent } from '../../server/base/units.ts';
import { methods } from '../../server/methods/registry.ts';
import type { Method } from '../../server/methods/types.ts';
import { h, setText } from '../shared/dom.ts';
import { mark } from './look.ts';
import { type Row, times } from './rows.ts';

export class ChosenBar {
  readonly element: HTMLElement;
  private readonly name = h('div', { class: 'chosen-name' });
  private readonly facts = h('p', { class: 'muted' });
  private readonly refused = h('p', { class: 'refused', role: 'alert' });
  private readonly paper = h('a', {});
  private readonly button: HTMLButtonElement;

  constructor(use: () => void) {
    this.button = h('button', { type: 'button', class: 'primary use-chosen', onclick: use }, 'Use in recipe');
    this.element = h(
      'section',
      { class: 'card chosen', 'aria-label': 'Chosen row' },
      h('div', { class: 'chosen-text' }, this.name, this.facts, this.refused),
      h('div', { class: 'actions' }, this.paper, this.button),
    );
  }

  render(row: Row | undefined, present: Row | undefined): void {
    this.element.classList.toggle('nothing', !row);
    this.button.disabled = !row || row.present;
    setText(this.button, row?.present ? 'In the recipe' : 'Use in recipe');
    this.paper.hidden = !row;
    if (!row) {
      this.name.replaceChildren();
      setText(this.facts, 'Choose a point or a row to write it into the recipe.');
      return;
    }
    this.name.replaceChildren(mark(row.method), h('strong', {}, row.label));
    setText(this.facts, factsOf(row, present));
    const { title, url } = (methods as Record<string, Method>)[row.method]?.paper ?? { title: '', url: '' };
    this.paper.hidden = url === '';
    this.paper.href = url;
    this.paper.title = title;
    setText(this.paper, 'Paper');
  }

  /** @param message why the last edit was not made; undefined: it is forgotten. */
  setRefused(message: string | undefined): void {
    setText(this.refused, message ?? '');
  }
}

/** "41,943,040 trainable, 0.522% (2× the recipe's) · update rank 16 · file 160 MiB". Pure. */
export function factsOf(row: Row, present: Row | undefined): string {
  const { trainable, updateRank, adapterBytes, sharedBytes } = row;
  const ratio = present && !row.present && present.trainable > 0 ? trainable / present.trainable : undefined;
  return [
    `${count(trainable)} trainable, ${percent(row.percent / 100)}${ratio === undefined ? '' : ` (${times(ratio)} the recipe’s)`}`,
    updateRank === 0 ? 'changes no matrix' : `update rank ${count(updateRank)}`,
    `file ${bytes(adapterBytes)}`,
    ...(sharedBytes > 0 ? [`${bytes(sharedBytes)} shared`] : []),
    ...(row.over ? ['above the budget'] : []),
  ].join(' · ');
}
