/** Which matrices and which lines the charts show. */
import { count } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import { gradient, swatch } from './controls.ts';
import { lineButton } from './head.ts';
import type { Scene } from './scene.ts';

/** Matrices that are named one by one; more are a ramp from the first to the last. */
const named = 12;

export class Legend {
  readonly element = h('section', { class: 'selection', 'aria-label': 'Shown in the charts' });
  private readonly matrices = h('ul', { class: 'chips', 'aria-label': 'Selected matrices' });
  private readonly lines = h('div', { class: 'legend', role: 'group', 'aria-label': 'Curves' });
  private readonly scene: Scene;
  private readonly remove: (name: string) => void;
  private readonly toggle: (line: string) => void;
  private readonly choose: (name: string) => void;
  private shown = '';

  /** @param choose this one alone. */
  constructor(
    scene: Scene,
    remove: (name: string) => void,
    choose: (name: string) => void,
    toggle: (line: string) => void,
  ) {
    this.scene = scene;
    this.remove = remove;
    this.toggle = toggle;
    this.choose = choose;
    this.element.append(this.matrices, this.lines);
  }

  render(): void {
    const { scene } = this;
    const { selected, colours, lines, model } = scene;
    const all = model.lines();
    const key = JSON.stringify([selected.map(({ name }) => name), colours, lines, all]);
    if (key === this.shown) return;
    this.shown = key;
    this.matrices.replaceChildren(...(selected.length > named ? this.ramp() : this.chips()));
    this.lines.hidden = all.length < 2;
    const shown = new Set(lines.map(({ id }) => id));
    this.lines.replaceChildren(
      ...all.map((line) => lineButton(line.title, scene.dashOf(line), shown.has(line.id), () => this.toggle(line.id))),
    );
  }

  private chips(): HTMLElement[] {
    const { selected, colours } = this.scene;
    return selected.map((matrix, i) => {
      const name = this.scene.nameOf(matrix);
      return h(
        'li',
        { class: i === selected.length - 1 ? 'matrix-chip focus' : 'matrix-chip', title: matrix.name },
        swatch(colours[i]!, []),
        h('span', {}, name),
        selected.length > 1 ? this.cross(`Remove ${name}`, () => this.remove(matrix.name)) : undefined,
      );
    });
  }

  private ramp(): HTMLElement[] {
    const { selected, colours } = this.scene;
    const [first, last] = [selected[0]!, selected.at(-1)!];
    const keep = `Keep ${this.scene.nameOf(last)} alone`;
    return [
      h(
        'li',
        { class: 'matrix-chip' },
        h('span', { title: first.name }, this.scene.nameOf(first)),
        gradient(colours),
        h('span', { title: last.name }, this.scene.nameOf(last)),
        h('span', { class: 'muted' }, `${count(selected.length)} matrices`),
        this.cross(keep, () => this.choose(last.name)),
      ),
    ];
  }

  private cross(label: string, onclick: () => void): HTMLElement {
    return h('button', { type: 'button', 'aria-label': label, title: label, onclick }, '×');
  }
}
