/** The methods: what each looks like, and whether it is shown. */
import { h } from '../shared/dom.ts';
import { mark } from './look.ts';
import type { Row } from './rows.ts';
import type { ViewState } from './view-state.ts';

export interface LegendActions {
  /** @param alone this one and no other. */
  toggle(method: string, alone: boolean): void;
  showAll(): void;
  within(on: boolean): void;
}

export class Legend {
  readonly element: HTMLElement;
  private readonly methods = h('div', { class: 'legend', role: 'group', 'aria-label': 'Methods' });
  private readonly all: HTMLButtonElement;
  private readonly box: HTMLInputElement;
  private readonly within: HTMLElement;
  private readonly actions: LegendActions;
  private known = '';

  constructor(actions: LegendActions) {
    this.actions = actions;
    this.all = h('button', { type: 'button', class: 'secondary small', onclick: actions.showAll }, 'Show all');
    this.box = h('input', { type: 'checkbox', onchange: () => actions.within(this.box.checked) });
    this.within = h('label', {}, this.box, 'Within the budget only');
    this.element = h(
      'div',
      { class: 'filter' },
      this.methods,
      h('div', { class: 'actions filter-actions' }, this.within, this.all),
    );
  }

  render(rows: readonly Row[], { hidden, within }: ViewState, limit: number | undefined): void {
    const methods = new Map(rows.map(({ method, title }) => [method, title]));
    const key = JSON.stringify([...methods]);
    if (key !== this.known) {
      this.known = key;
      this.methods.replaceChildren(...[...methods].map(([method, title]) => this.button(method, title)));
    }
    for (const button of this.methods.children as HTMLCollectionOf<HTMLElement>)
      button.setAttribute('aria-pressed', String(!hidden.includes(button.dataset.method!)));
    this.all.disabled = hidden.length === 0;
    this.within.hidden = limit === undefined;
    this.box.checked = within;
  }

  private button(method: string, title: string): HTMLElement {
    const toggle = (event: Event) => this.actions.toggle(method, (event as MouseEvent).shiftKey);
    return h(
      'button',
      {
        type: 'button',
        'data-method': method,
        title: `Show or hide ${title}; with Shift: ${title} alone`,
        onclick: toggle,
      },
      mark(method),
      title,
    );
  }
}
