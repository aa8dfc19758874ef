/** "What training changed" in the matrix in focus: its numbers, the update's spectrum, and the overlap of directions. */
import { count, percent } from '../../server/base/units.ts';
import type { SpectrumChange } from '../../server/protocol/spectrum.ts';
import { h, setText } from '../shared/dom.ts';
import { figure, tick } from '../shared/figures.ts';
import { HeatMap } from '../shared/heat-map.ts';
import { outsideSpan, overlapMap } from './change-maps.ts';
import type { SpectrumTheme } from './colours.ts';
import { CurveChart, rankAxis, rankRange } from './curve-chart.ts';
import { decimate } from './decimate.ts';
import { interpret } from './interpret.ts';
import type { Scene } from './scene.ts';

export class ChangeCard {
  readonly element: HTMLElement;
  readonly update: CurveChart;
  readonly left: HeatMap;
  readonly right: HeatMap;
  private readonly scene: Scene;
  private readonly of = h('span', { class: 'muted' });
  private readonly verdict = h('p', { class: 'verdict' });
  private readonly facts = h('dl', { class: 'facts' });
  private readonly figures = h('div', { class: 'change-figures' });
  private readonly nothing = h('p', { class: 'none' });
  private readonly summaries: Record<'update' | 'left' | 'right', HTMLElement>;

  constructor(scene: Scene, speak: (text: string) => void) {
    this.scene = scene;
    const summary = (id: string) => h('p', { id: `${id}-summary`, class: 'visually-hidden' });
    this.summaries = { update: summary('update'), left: summary('left'), right: summary('right') };
    this.update = new CurveChart('Spectrum of the update ΔW', scene.theme, 'update-summary', () => {});
    this.update.onResized = () => this.render();
    this.left = new HeatMap('Overlap of left directions', scene.theme, 'left-summary', speak);
    this.right = new HeatMap('Overlap of right directions', scene.theme, 'right-summary', speak);
    const panel = (id: 'update' | 'left' | 'right', title: string, holder: HTMLElement) =>
      h('div', { class: 'plot', id }, h('h3', {}, title), holder, this.summaries[id]);
    this.figures.append(
      panel('update', 'Spectrum of the update ΔW', this.update.holder),
      panel('left', 'Overlap, left singular vectors', this.left.holder),
      panel('right', 'Overlap, right singular vectors', this.right.holder),
    );
    this.element = h(
      'section',
      { class: 'card change', id: 'change', 'aria-label': 'What training changed' },
      h('header', {}, h('h2', {}, 'What training changed'), this.of),
      this.nothing,
      this.verdict,
      this.facts,
      this.figures,
    );
  }

  setTheme(theme: SpectrumTheme): void {
    for (const each of [this.update, this.left, this.right]) each.setTheme(theme);
  }

  render(): void {
    const { scene } = this;
    const { model, focus } = scene;
    this.element.hidden = !model.adapted || focus === undefined;
    if (this.element.hidden || !focus) return;
    setText(this.of, scene.nameOf(focus));
    const found = model.change(focus.name);
    // The place is kept for what is still to come, not for what never will.
    this.figures.hidden = !found && !focus.adapted;
    this.figures.classList.toggle('waiting', found === undefined);
    setText(this.nothing, this.figures.hidden ? this.reason() : '');
    this.renderUpdate();
    if (!found) {
      this.verdict.replaceChildren();
      this.facts.replaceChildren();
      this.left.draw(undefined);
      this.right.draw(undefined);
      return;
    }
    const { change } = found;
    const { title, text } = interpret(change);
    this.verdict.replaceChildren(h('strong', {}, title), ' ', text);
    this.facts.replaceChildren(
      ...changeFacts(change).map(({ label, value, title: why }) =>
        h('div', { title: why }, h('dt', {}, label), h('dd', {}, value)),
      ),
    );
    for (const side of ['left', 'right'] as const) {
      this[side].draw(overlapMap(change, side), 'The update has no direction.');
      const outside = outsideSpan(change, side);
      setText(
        this.summaries[side],
        `Overlap of the update’s ${change.directions} leading ${side} directions with the base’s; ${percent(outside)} lies outside of the base’s span.`,
      );
    }
  }

  /** The update's spectrum of every subject that has one. */
  private renderUpdate(): void {
    const { scene } = this;
    const { model, focus, view, theme } = scene;
    const curves = model.subjects.flatMap((subject) => {
      const spectrum = subject.spectrum(focus!.name, 'update');
      return spectrum ? [{ subject, spectrum }] : [];
    });
    const largest = Math.max(0, ...curves.map(({ spectrum }) => spectrum.measures.largest));
    // What comes after the numerical rank is rounding.
    const ranks = curves.map(({ spectrum }) => spectrum.measures.numericalRank);
    const last = Math.max(2, ...ranks);
    const range = rankRange(last, view.logarithmicRanks, this.update.columns);
    const lowest = Math.min(...curves.map(({ spectrum }, i) => spectrum.values[ranks[i]! - 1] ?? largest));
    const low = lowest > 0 && lowest < largest ? lowest : largest / 10 || 0.1;
    this.update.draw(
      {
        x: rankAxis('index', range),
        y: {
          title: 'singular value of ΔW',
          min: view.logarithmic ? low * 0.8 : 0,
          max: (largest || 1) * (view.logarithmic ? 1.3 : 1.05),
          logarithmic: view.logarithmic,
          format: tick,
        },
        curves: curves.map(({ subject, spectrum }, i) => ({
          label: subject.subject.title,
          colour: theme.lines[1 + i] ?? theme.text,
          dash: i === 0 ? [] : [2, 3],
          points: decimate(spectrum.values.subarray(0, ranks[i]), 1, range),
        })),
        regions: [],
      },
      this.reason(),
    );
    setText(
      this.summaries.update,
      curves.length > 0
        ? `${Math.max(...ranks)} singular values of the update that are not rounding, the largest ${figure(largest)}.`
        : 'No values yet.',
    );
  }

  private reason(): string {
    const { model, focus } = this.scene;
    if (!focus) return '';
    if (!focus.adapted) return 'The adapter does not change this matrix. Those that it changes have a dot in the grid.';
    const fault = model.subjects
      .map((subject) => subject.fault(focus.name, 'update') ?? subject.fault(focus.name, 'merged'))
      .find((error) => error !== undefined);
    if (fault) return fault.message;
    const running = model.subjects.some(({ phase }) => phase === 'running' || phase === 'reading');
    return running ? 'The comparison of this matrix has not come yet.' : 'This matrix was not compared.';
  }
}

export function changeFacts(change: SpectrumChange): { label: string; value: string; title: string }[] {
  const { updateNorm, baseNorm, directions, inTop, inTopByChance, diagonal, amplification } = change;
  return [
    {
      label: 'Relative update',
      value: baseNorm > 0 ? percent(updateNorm / baseNorm) : '–',
      title: `‖ΔW‖ / ‖W‖ = ${figure(updateNorm)} / ${figure(baseNorm)}, Frobenius norms`,
    },
    { label: 'Directions', value: count(directions), title: 'Leading directions of the update that are looked at' },
    {
      label: 'Within leading',
      value: percent(inTop),
      title: `Share of ‖ΔW‖² between the base’s leading ${directions} left and right singular vectors`,
    },
    { label: 'By chance', value: percent(inTopByChance), title: 'The same share for a random update' },
    {
      label: 'On the diagonal',
      value: percent(diagonal),
      title: 'Share of ‖ΔW‖² that only makes base directions longer or shorter',
    },
    {
      label: 'Amplification',
      value: Number.isFinite(amplification) ? `${figure(amplification)}×` : '∞',
      title: '‖ΔW‖ over what the base has along the update’s directions (Hu et al. 2021, §7.3)',
    },
  ];
}
