/** The methods: what each looks like, and whether it is shown. */
import { h } from '../shared/dom.ts';
import { mark } from './look.ts';
import type { Row } from './rows.ts';
import type { ViewState } from './view-state.ts';

/** A button for each method. */
export class MethodButtons {
  readonly element = h('div', { class: 'legend', role: 'group', 'aria-label': 'Methods' });
  private readonly toggle: LegendActions['toggle'];
  private known = '';

  constructor(toggle: LegendActions['toggle']) {
    this.toggle = toggle;
  }

  /** @param methods titles by id. @param hidden ids. */
  render(methods: ReadonlyMap<string, string>, hidden: readonly string[]): void {
    const key = JSON.stringify([...methods]);
    if (key !== this.known) {
      this.known = key;
      this.element.replaceChildren(...[...methods].map(([method, title]) => this.button(method, title)));
    }
    for (const button of this.element.children as HTMLCollectionOf<HTMLElement>)
      button.setAttribute('aria-pressed', String(!hidden.includes(button.dataset.method!)));
  }

  private button(method: string, title: string): HTMLElement {
    const toggle = (event: Event) => this.toggle(method, (event as MouseEvent).shiftKey);
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

export interface LegendActions {
  /** @param alone this one and no other. */
  toggle(method: string, alone: boolean): void;
  showAll(): void;
  within(on: boolean): void;
}

export class Legend {
  readonly element: HTMLElement;
  private readonly methods: MethodButtons;
  private readonly all: HTMLButtonElement;
  private readonly box: HTMLInputElement;
  private readonly within: HTMLElement;

  constructor(actions: LegendActions) {
    this.methods = new MethodButtons(actions.toggle);
    this.all = h('button', { type: 'button', class: 'secondary small', onclick: actions.showAll }, 'Show all');
    this.box = h('input', { type: 'checkbox', onchange: () => actions.within(this.box.checked) });
    this.within = h('label', {}, this.box, 'Within the budget only');
    this.element = h(
      'div',
      { class: 'filter' },
      this.methods.element,
      h('div', { class: 'actions filter-actions' }, this.within, this.all),
    );
  }

  render(rows: readonly Row[], { hidden, within }: ViewState, limit: number | undefined): void {
    this.methods.render(new Map(rows.map(({ method, title }) => [method, title])), hidden);
    this.all.disabled = hidden.length === 0;
    this.within.hidden = limit === undefined;
    this.box.checked = within;
  }
}
