/** "Ranks": the budget over the steps, and which matrix has which rank at one of them. Only for runs whose method takes ranks away. */
import { count } from '../../server/base/units.ts';
import { h, setText } from '../shared/dom.ts';
import { HeatMap } from '../shared/heat-map.ts';
import type { Theme } from '../shared/theme.ts';
import { type Curve, pointCurve } from './curves.ts';
import { type Horizontal, placeOfStep, type ShownRun, stepAtPlace } from './horizontal.ts';
import type { Allocation, RunModel } from './model.ts';
import type { PlacedMark } from './overlay.ts';
import { Plot, type PlotOptions } from './plot.ts';
import { allocationText, largestRank, ranksMap } from './ranks.ts';

export interface RanksBase {
  /** All that are shown or hidden, the panel's own first. */
  runs: () => readonly ShownRun[];
  x: Horizontal;
  theme: Theme;
  /** The step to begin with. */
  at: number | undefined;
  speak(text: string): void;
  /** A person chose a step. */
  chosen(at: number | undefined): void;
  /** The budget is wanted as a file, or the ranks of all matrices. */
  save: NonNullable<PlotOptions['save']>;
  saveRanks(of: RunModel): void;
}

export class RanksCard {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly map: HeatMap;
  private readonly base: RanksBase;
  /** The step whose ranks are shown; undefined: the last one. */
  private at: number | undefined;
  private readonly slider: HTMLInputElement;
  private readonly text = h('p', { class: 'note muted' });
  private readonly summary = h('p', { id: 'ranks-summary', class: 'visually-hidden' });

  constructor(base: RanksBase) {
    this.base = base;
    this.at = base.at;
    const { x, theme, speak } = base;
    const choose = (step: number | undefined) => {
      this.at = step;
      this.draw();
      base.chosen(step);
    };
    this.plot = new Plot(
      {
        title: 'Ranks in all matrices',
        format: count,
        x,
        fromZero: true,
        marks: () => this.chosenMark(),
        curves: () => this.curves(),
        columns: [{ name: 'ranks', of: budgetPoints }],
        save: base.save,
      },
      theme,
      'ranks-summary',
    );
    // A drag zooms, and ends with a click as well.
    let pressed = 0;
    this.plot.canvas.addEventListener('pointerdown', ({ offsetX }) => {
      pressed = offsetX;
    });
    this.plot.canvas.addEventListener('click', ({ offsetX }) => {
      const place = this.plot.placeAt(offsetX);
      const run = this.ranked();
      if (run && place !== undefined && Math.abs(offsetX - pressed) < 4) choose(stepAtPlace(run.model, x.axis, place));
    });
    this.map = new HeatMap('Ranks, layer × type', theme, 'ranks-summary', speak);
    this.slider = h('input', {
      type: 'range',
      min: 0,
      'aria-label': 'Step whose ranks are shown',
      title: 'Step whose ranks are shown',
      oninput: () => {
        const allocations = this.ranked()?.model.allocations ?? [];
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
              {
                type: 'button',
                class: 'secondary small',
                onclick: () => {
                  const run = this.ranked();
                  if (run) base.saveRanks(run.model);
                },
                title: 'Save the ranks of all matrices at all steps as CSV',
              },
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
    const run = this.ranked();
    const shown = run?.model.allocationAt(this.at);
    this.element.hidden = shown === undefined;
    if (!run || !shown) return;
    const { model } = run;
    this.plot.draw();
    const { allocations, rankedModules } = model;
    this.slider.max = String(allocations.length - 1);
    this.slider.value = String(allocations.indexOf(shown));
    const of = run === this.base.runs()[0] ? '' : `${run.name}: `;
    const text = `${of}${allocationText(model, shown)}`;
    this.slider.setAttribute('aria-valuetext', text);
    setText(this.text, text);
    setText(this.summary, text);
    this.drawMap(rankedModules, shown, largestRank(model));
  }

  private allRanked(): ShownRun[] {
    return this.base.runs().filter(({ hidden, model }) => !hidden && model.allocations.length > 0);
  }

  /** The run whose matrices are shown: the panel's own, or the first that has ranks. */
  private ranked(): ShownRun | undefined {
    return this.allRanked()[0];
  }

  private curves(): Curve[] {
    const several = this.base.runs().length > 1;
    const what = { label: 'Ranks', colour: 'ranks', style: 'stepped', format: count } as const;
    return this.allRanked().map((run) => pointCurve(what, run, budgetPoints(run.model), this.base.x.axis, several));
  }

  private chosenMark(): PlacedMark[] {
    const run = this.ranked();
    const shown = run?.model.allocationAt(this.at);
    return run && shown ? [{ kind: 'chosen', x: placeOfStep(run.model, this.base.x.axis, shown.step) }] : [];
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
