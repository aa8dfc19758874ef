/** "Ranks": the budget over the steps, and which matrix has which rank at one of them. Only for runs whose method takes ranks away. */
import { count } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { HeatMap } from '../shared/heat-map.ts';
import type { Theme } from '../shared/theme.ts';
import { ofPoints } from './curves.ts';
import type { Allocation, RunModel } from './model.ts';
import type { PlacedMark } from './overlay.ts';
import { Plot } from './plot.ts';
import { allocationText, largestRank, ranksMap } from './ranks.ts';

export class RanksCard {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly map: HeatMap;
  private readonly model: () => RunModel;
  /** The step whose ranks are shown; undefined: the last one. */
  private at: number | undefined;
  private readonly slider: HTMLInputElement;
  private readonly text = h('p', { class: 'note muted' });
  private readonly summary = h('p', { id: 'ranks-summary', class: 'visually-hidden' });

  /** @param at the step to begin with. @param chosen a person chose a step. @param save wants the ranks as a file. */
  constructor(
    model: () => RunModel,
    theme: Theme,
    at: number | undefined,
    speak: (text: string) => void,
    chosen: (at: number | undefined) => void,
    save: () => void,
  ) {
    this.model = model;
    this.at = at;
    const choose = (step: number | undefined) => {
      this.at = step;
      this.draw();
      chosen(step);
    };
    this.plot = new Plot(
      {
        title: 'Ranks in all matrices',
        format: count,
        x: {
          axis: 'steps',
          visible: () => ({ from: 0, to: Math.max(1, model().step) }),
          text: count,
          place: (step) => `Step ${count(step)}`,
        },
        fromZero: true,
        marks: () => this.chosenMark(),
        curves: () => [
          {
            label: 'Budget',
            colour: ({ series }) => series.ranks,
            style: 'stepped',
            format: count,
            ...ofPoints(budgetPoints(model()), 'stepped'),
          },
        ],
      },
      theme,
      'ranks-summary',
    );
    this.plot.canvas.addEventListener('click', (event) => {
      const step = this.plot.placeAt(event.offsetX);
      if (step !== undefined) choose(Math.max(0, Math.round(step)));
    });
    this.map = new HeatMap('Ranks, layer × type', theme, 'ranks-summary', speak);
    this.slider = h('input', {
      type: 'range',
      min: 0,
      'aria-label': 'Step whose ranks are shown',
      title: 'Step whose ranks are shown',
      oninput: () => {
        const { allocations } = model();
        const index = Number(this.slider.value);
        // At the end it goes along with what still comes.
        choose(index >= allocations.length - 1 ? undefined : allocations[index]?.step);
      },
    });
    this.element = h(
      'section',
      { class: 'card plot ranks-card', id: 'ranks', 'aria-label': 'Ranks' },
      h(
        'header',
        {},
        h('h2', {}, 'Ranks'),
        h(
          'div',
          { class: 'controls' },
          h('label', {}, 'Step', this.slider),
          h(
            'span',
            { class: 'actions' },
            h(
              'button',
              { type: 'button', class: 'secondary small', onclick: save, title: 'Save the ranks at all steps as CSV' },
              'Ranks as CSV',
            ),
          ),
        ),
      ),
      this.text,
      h('div', { class: 'ranks-figures' }, this.plot.element, h('div', { class: 'picture' }, this.map.holder)),
      this.summary,
    );
  }

  setTheme(theme: Theme): void {
    this.plot.setTheme(theme);
    this.map.setTheme(theme);
  }

  draw(): void {
    const model = this.model();
    const shown = model.allocationAt(this.at);
    this.element.hidden = shown === undefined;
    if (!shown) return;
    this.plot.draw();
    const { allocations, rankedModules } = model;
    this.slider.max = String(allocations.length - 1);
    this.slider.value = String(allocations.indexOf(shown));
    const text = allocationText(model, shown);
    this.slider.setAttribute('aria-valuetext', text);
    setText(this.text, text);
    setText(this.summary, text);
    this.drawMap(rankedModules, shown, largestRank(model));
  }

  /** None while the last ones are shown. */
  private chosenMark(): PlacedMark[] {
    const shown = this.at === undefined ? undefined : this.model().allocationAt(this.at);
    return shown ? [{ kind: 'chosen', x: shown.step }] : [];
  }

  private drawn: readonly unknown[] = [];

  /** What is pointed at stays while steps come that allocate nothing. */
  private drawMap(modules: readonly string[], shown: Allocation, most: number): void {
    const now = [modules, shown, most];
    if (now.every((part, i) => part === this.drawn[i])) return;
    this.drawn = now;
    const map = ranksMap(modules, shown, most);
    this.map.holder.style.height = `${90 + 22 * Math.max(4, map.rows)}px`;
    this.map.draw(map);
  }
}

/** To the step that the run is at: the last budget still holds. */
function budgetPoints({ allocations, step }: RunModel) {
  const points = allocations.map((each) => ({ x: each.step, y: each.budget }));
  const last = points.at(-1);
  return last && last.x < step ? [...points, { x: step, y: last.y }] : points;
}
