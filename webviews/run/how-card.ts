/** How the run computed: a quiet line that opens. */
import { h, setText } from '../shared/dom.ts';
import { type Fact, inShort } from './how.ts';

export class HowCard {
  readonly element: HTMLElement;
  private readonly line = h('span', { class: 'muted' });
  private readonly list = h('dl');
  private shown = '';

  constructor() {
    this.element = h(
      'details',
      { class: 'card how' },
      h('summary', {}, h('h2', {}, 'Computed by'), this.line),
      this.list,
    );
    this.element.hidden = true;
  }

  render(facts: readonly Fact[]): void {
    this.element.hidden = facts.length === 0;
    const key = JSON.stringify(facts);
    if (this.shown === key) return;
    this.shown = key;
    setText(this.line, inShort(facts));
    this.list.replaceChildren(...facts.map(({ label, value }) => h('div', {}, h('dt', {}, label), h('dd', {}, value))));
  }
}
