/** Which matrices and which lines the charts show. */
import { count } from '../../server/base/units.ts';
import { h } from '../shared/dom.ts';
import { swatch } from './controls.ts';
import { lineButton } from './head.ts';
import type { Scene } from './scene.ts';

/** Matrices that are named. */
const named = 24;

export class Legend {
  readonly element = h('section', { class: 'selection', 'aria-label': 'Shown in the charts' });
  private readonly matrices = h('ul', { class: 'chips', 'aria-label': 'Selected matrices' });
  private readonly lines = h('div', { class: 'legend', role: 'group', 'aria-label': 'Curves' });
  private readonly scene: Scene;
  private readonly remove: (name: string) => void;
  private readonly toggle: (line: string) => void;
  private shown = '';

  constructor(scene: Scene, remove: (name: string) => void, toggle: (line: string) => void) {
    this.scene = scene;
    this.remove = remove;
    this.toggle = toggle;
    this.element.append(this.matrices, this.lines);
  }

  render(): void {
    const { scene } = this;
    const { selected, colours, lines, model } = scene;
    const all = model.lines();
    const key = JSON.stringify([selected.map(({ name }) => name), colours, lines, all]);
    if (key === this.shown) return;
    this.shown = key;
    const several = selected.length > 1;
    const chips = selected.map((matrix, i) => {
      const name = scene.nameOf(matrix);
      return h(
        'li',
        { class: i === selected.length - 1 ? 'matrix-chip focus' : 'matrix-chip', title: matrix.name },
        swatch(colours[i]!, []),
        h('span', {}, name),
        several
          ? h(
              'button',
              { type: 'button', 'aria-label': `Remove ${name}`, onclick: () => this.remove(matrix.name) },
              '×',
            )
          : undefined,
      );
    });
    const hidden = chips.length - named;
    this.matrices.replaceChildren(
      ...chips.slice(-named),
      ...(hidden > 0 ? [h('li', { class: 'muted' }, `and ${count(hidden)} more`)] : []),
    );
    this.lines.hidden = all.length < 2;
    const shown = new Set(lines.map(({ id }) => id));
    this.lines.replaceChildren(
      ...all.map((line) => lineButton(line.title, scene.dashOf(line), shown.has(line.id), () => this.toggle(line.id))),
    );
  }
}
