/** The chosen configuration at the foot of the window: its numbers, its runs, and the button that writes its settings. */
import type { RunGroup } from '../../server/report/groups.ts';
import { labelOf } from '../../server/report/pareto.ts';
import { mark } from '../budget/look.ts';
import { h, setText } from '../shared/dom.ts';

export interface ChosenActions {
  open(run: string): void;
  use(run: string): void;
}

export class ChosenBar {
  readonly element: HTMLElement;
  private readonly name = h('div', { class: 'chosen-name' });
  private readonly facts = h('p', { class: 'muted' });
  private readonly said = h('p', { class: 'said', role: 'status' });
  private readonly refused = h('p', { class: 'refused', role: 'alert' });
  private readonly runs = h('span', { class: 'chosen-runs', role: 'group', 'aria-label': 'Open a run' });
  private readonly button: HTMLButtonElement;
  private readonly actions: ChosenActions;
  private group: RunGroup | undefined;
  private known = '';

  constructor(actions: ChosenActions) {
    this.actions = actions;
    const use = () => this.group && actions.use(this.group.runs[0]!.run);
    const title = 'Write the settings of adapters and training into the recipe that is open; model and data stay';
    this.button = h('button', { type: 'button', class: 'primary use-chosen', title, onclick: use }, 'Use in recipe');
    this.element = h(
      'section',
      { class: 'card chosen', 'aria-label': 'Chosen configuration' },
      h('div', { class: 'chosen-text' }, this.name, this.facts, this.said, this.refused),
      h('div', { class: 'actions' }, this.runs, this.button),
    );
  }

  render(group: RunGroup | undefined, facts: string): void {
    this.group = group;
    this.element.classList.toggle('nothing', !group);
    this.button.disabled = !group || Object.keys(group.runs[0]!.settings).length === 0;
    setText(
      this.facts,
      group ? facts : 'Choose a point or a row to see its runs or to write its settings into the recipe.',
    );
    const key = JSON.stringify([group?.key, group?.runs.map(({ run, state }) => [run, state])]);
    if (key === this.known) return;
    this.known = key;
    this.name.replaceChildren(...(group ? [mark(group.method), h('strong', {}, labelOf(group))] : []));
    this.runs.replaceChildren(
      ...(group?.runs ?? []).map(({ run, name, seed, state }, _, all) =>
        h(
          'button',
          {
            type: 'button',
            class: 'secondary open-run',
            title: `${name} (${state})`,
            onclick: () => this.actions.open(run),
          },
          all.length === 1 ? 'Open run' : seed === undefined ? name : `Seed ${seed}`,
        ),
      ),
    );
  }

  /** @param text what was done; undefined: it is forgotten. @param refused why it was not. */
  say(text: string | undefined, refused?: string): void {
    setText(this.said, text ?? '');
    setText(this.refused, refused ?? '');
  }
}
