/** The runs that are laid over each other: a button each to hide it, and one to take it away. */
import { h } from '../shared/dom.ts';
import type { Theme } from '../shared/theme.ts';
import type { ShownRun } from './horizontal.ts';
import { swatch } from './plot.ts';
import { runColour } from './run-colours.ts';

export class RunsLegend {
  readonly element = h('div', { class: 'card runs-legend legend', role: 'group', 'aria-label': 'Runs' });
  private readonly toggled: (run: ShownRun) => void;
  private readonly removed: (run: ShownRun) => void;
  private shown = '';

  constructor(toggled: (run: ShownRun) => void, removed: (run: ShownRun) => void) {
    this.toggled = toggled;
    this.removed = removed;
    this.element.hidden = true;
  }

  /** @param problems of runs that could not be read, by directory. */
  render(runs: readonly ShownRun[], problems: ReadonlyMap<string, string>, theme: Theme): void {
    this.element.hidden = runs.length < 2 && problems.size === 0;
    const key = JSON.stringify([
      runs.map(({ run, name, hidden, colour, model }) => [run, name, hidden, runColour(theme, colour), model.step]),
      [...problems],
    ]);
    if (key === this.shown) return;
    this.shown = key;
    this.element.replaceChildren(
      ...runs.map((run, i) => this.item(run, i > 0, theme)),
      ...[...problems].map(([run, text]) => h('span', { class: 'muted', title: run }, text)),
    );
  }

  private item(run: ShownRun, removable: boolean, theme: Theme): HTMLElement {
    const toggle = h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(!run.hidden),
        title: `Show or hide ${run.name}: ${run.run}`,
        onclick: () => this.toggled(run),
      },
      swatch('solid', runColour(theme, run.colour)),
      run.name,
    );
    const remove = h(
      'button',
      {
        type: 'button',
        'aria-label': `Remove ${run.name}`,
        title: 'Remove from this panel',
        onclick: () => this.removed(run),
      },
      '×',
    );
    return h('span', { class: 'run-item' }, toggle, removable ? remove : undefined);
  }
}
