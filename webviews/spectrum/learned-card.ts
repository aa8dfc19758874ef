/** "What the method learned" at the matrix in focus, as the method names it: z of SVF, M of SVFT, R of LoRA-XS, … */
import { count } from '../../server/base/units.ts';
import { methodOf } from '../../server/methods/registry.ts';
import { h, setText } from '../shared/dom.ts';
import type { SpectrumTheme } from './colours.ts';
import { LearnedPartView } from './learned-part.ts';
import type { Scene } from './scene.ts';

export class LearnedCard {
  readonly element: HTMLElement;
  private readonly scene: Scene;
  private readonly speak: (text: string) => void;
  private readonly of = h('span', { class: 'muted' });
  private readonly nothing = h('p', { class: 'none' });
  private readonly places = h('div', { class: 'learned-parts' });
  private readonly all: LearnedPartView[] = [];
  private readonly save: HTMLButtonElement;

  constructor(scene: Scene, speak: (text: string) => void, save: () => void) {
    this.scene = scene;
    this.speak = speak;
    this.save = h(
      'button',
      {
        type: 'button',
        class: 'secondary small',
        onclick: save,
        title: 'Save what was learned at all matrices as CSV',
      },
      'Learned of all as CSV',
    );
    this.element = h(
      'section',
      { class: 'card learned', id: 'learned', 'aria-label': 'What the method learned' },
      h('header', {}, h('h2', {}, 'What the method learned'), this.of, h('div', { class: 'actions' }, this.save)),
      this.nothing,
      this.places,
    );
  }

  /** Of the matrix in focus. */
  get shown(): LearnedPartView[] {
    return this.element.hidden ? [] : this.all.filter(({ element }) => !element.hidden);
  }

  setTheme(theme: SpectrumTheme): void {
    for (const view of this.all) view.setTheme(theme);
  }

  render(): void {
    const { scene } = this;
    const { model, focus } = scene;
    this.element.hidden = !model.learns || focus === undefined;
    if (this.element.hidden || !focus) return;
    const found = model.learned(focus.name)?.learned;
    const parts = found?.parts ?? [];
    const method = found && (methodOf(found.method)?.title ?? found.method);
    const rank = found?.rank === undefined ? [] : [`rank ${count(found.rank)} left`];
    setText(this.of, [scene.nameOf(focus), ...(method ? [method] : []), ...rank].join(' · '));
    this.save.disabled = !found;
    setText(this.nothing, found ? '' : this.reason());
    // The place is kept for what is still to come.
    this.places.classList.toggle('waiting', !found && focus.learns === true);
    while (this.all.length < parts.length) {
      const view = new LearnedPartView(`learned-${this.all.length}`, scene.theme, this.speak);
      this.all.push(view);
      this.places.append(view.element);
    }
    for (const [i, view] of this.all.entries()) {
      view.element.hidden = parts[i] === undefined;
      if (parts[i]) view.render(parts[i], scene.view.logarithmic);
    }
  }

  private reason(): string {
    const { model, focus } = this.scene;
    if (!focus?.adapted)
      return 'The adapter does not change this matrix. Those that it changes have a dot in the grid.';
    if (!focus.learns) return 'The method at this matrix has no numbers of its own to show: its update says all.';
    const faults = model.subjects.map((subject) => subject.fault(focus.name, 'merged'));
    const fault = faults.find((error) => error !== undefined);
    if (fault) return fault.message;
    const running = model.subjects.some(({ phase }) => phase === 'running' || phase === 'reading');
    return running ? 'What was learned at this matrix has not come yet.' : 'This matrix was not looked at.';
  }
}
