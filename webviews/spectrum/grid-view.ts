/** The grid layer × kind: what there is, what it measures, and what is chosen. Cells are built once and recoloured. */
import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';
import { h, setText } from '../shared/dom.ts';
import { css, inkOn, placeOn, ramp, scaleWithin } from '../shared/ramps.ts';
import { type SelectControl, select } from './controls.ts';
import { type GridMeasure, type GridMeasureId, gridMeasure, gridMeasures } from './grid-measures.ts';
import { columnHeads, type GridHead, neighbour, rowHeads } from './grid-model.ts';
import type { Scene } from './scene.ts';

export interface GridActions {
  choose(name: string, additive: boolean): void;
  chooseAll(names: string[], additive: boolean): void;
  measure(id: GridMeasureId): void;
  mapLine(id: string): void;
  /** The cells have another width. */
  resized(): void;
}

/** Cells narrower than this (pixels) show colours only. */
const widthOfNumbers = 46;

export class GridView {
  readonly element: HTMLElement;
  private readonly table = h('div', {
    class: 'grid',
    role: 'grid',
    'aria-label': 'Matrices',
    'aria-multiselectable': 'true',
  });
  private readonly measureList: SelectControl;
  private readonly lineList: SelectControl;
  private readonly bar = h('span', { class: 'ramp', 'aria-hidden': 'true' });
  private readonly low = h('span', { class: 'ramp-end' });
  private readonly high = h('span', { class: 'ramp-end' });
  private readonly legend = h('span', { class: 'grid-legend' }, this.low, this.bar, this.high);
  private readonly actions: GridActions;
  private readonly scene: Scene;
  private cells = new Map<string, HTMLElement>();
  /** Cells and heads: what the keyboard walks. */
  private places = new Map<string, HTMLElement>();
  private values = new Map<string, number>();
  private tabStop: HTMLElement | undefined;

  constructor(scene: Scene, actions: GridActions) {
    this.scene = scene;
    this.actions = actions;
    this.measureList = select('Cells are coloured by', (id) => actions.measure(id as GridMeasureId));
    this.lineList = select('Of', (id) => actions.mapLine(id));
    this.element = h(
      'section',
      { class: 'card grid-card', 'aria-label': 'Matrices' },
      h('header', {}, h('h2', {}, 'Matrices'), this.measureList.element, this.lineList.element, this.legend),
      h('div', { class: 'grid-scroll' }, this.table),
      h(
        'p',
        { class: 'muted grid-help' },
        'Click or Enter chooses a matrix, with Shift or Ctrl several; a name chooses its row or column.',
        h('span', { class: 'key missing' }, 'to come'),
        h('span', { class: 'key fault' }, 'cannot be decomposed'),
        h('span', { class: 'key adapted' }, 'adapted'),
      ),
    );
    // Numbers appear and go with the width of the cells.
    new ResizeObserver(() => actions.resized()).observe(this.table);
    this.table.addEventListener('click', (event) => this.pressed(event));
    this.table.addEventListener('keydown', (event) => this.typed(event));
    this.table.addEventListener('pointerover', (event) => this.describe(cellOf(event)));
    this.table.addEventListener('focusin', (event) => this.describe(cellOf(event)));
  }

  /** The list of matrices changed. */
  build(): void {
    const { grid, model } = this.scene;
    this.cells = new Map();
    this.places = new Map();
    this.tabStop = undefined;
    const cell = (name: string | undefined) => {
      if (name === undefined) return h('span', { class: 'hole', role: 'gridcell' });
      const matrix = model.matrices.get(name)!;
      const element = h('button', {
        type: 'button',
        role: 'gridcell',
        class: matrix.adapted ? 'cell adapted' : 'cell',
        tabindex: -1,
        'data-matrix': name,
      });
      this.cells.set(name, element);
      this.places.set(name, element);
      return element;
    };
    const head = ({ id, label, names }: GridHead, kind: 'rowheader' | 'columnheader', text = label) => {
      const what = kind === 'columnheader' ? `layer ${label}` : label;
      const element = h(
        'button',
        {
          type: 'button',
          role: kind,
          class: kind,
          tabindex: -1,
          title: `Choose ${what}`,
          'aria-label': what,
          'data-names': JSON.stringify(names),
        },
        text,
      );
      this.places.set(id, element);
      return element;
    };
    const step = Math.ceil(grid.layers.length / 40);
    const columns = columnHeads(grid).map((each, i) => head(each, 'columnheader', i % step === 0 ? each.label : ''));
    const cells = [...grid.rows.map((row) => row.cells), grid.outside];
    const rows = rowHeads(grid).map((each, i) =>
      h('div', { role: 'row', class: 'row' }, head(each, 'rowheader'), ...cells[i]!.map(cell)),
    );
    const width = Math.max(1, grid.layers.length, grid.outside.length);
    this.table.style.gridTemplateColumns = `minmax(7em, max-content) repeat(${width}, minmax(11px, 1fr))`;
    // A few layers do not become a few broad bands.
    this.table.style.maxWidth = `${14 + 9 * width}em`;
    this.table.replaceChildren(
      ...(columns.length > 0
        ? [
            h(
              'div',
              { role: 'row', class: 'row' },
              h('span', { class: 'corner', role: 'columnheader' }, 'layer'),
              ...columns,
            ),
          ]
        : []),
      ...rows,
    );
  }

  /** Colours, faults and the selection. */
  render(): void {
    const { scene } = this;
    const { model, view, theme, mapLine } = scene;
    this.renderHead();
    const measure = gridMeasure(view.measure);
    this.values = new Map();
    for (const name of this.cells.keys()) {
      this.values.set(name, this.valueOf(name, measure));
    }
    const scale = scaleWithin(this.values.values(), measure.logarithmic ?? false);
    const first = this.cells.values().next().value;
    const numbers = (first?.offsetWidth ?? 0) >= widthOfNumbers;
    const chosen = new Set(view.selected);
    const focus = scene.focus?.name;
    for (const [name, cell] of this.cells) {
      const value = this.values.get(name)!;
      const fault = mapLine && model.fault(name, mapLine) !== undefined;
      const place = scale && !Number.isNaN(value) ? placeOn(scale, value) : Number.NaN;
      const known = !Number.isNaN(place);
      const matrix = model.matrices.get(name);
      const inapplicable = (measure.ofChange && !matrix?.adapted) || (measure.ofLearned && !matrix?.learns);
      cell.classList.toggle('fault', fault ?? false);
      cell.classList.toggle('missing', !known && !fault && !inapplicable);
      const colour = known ? ramp(place, theme.dark) : undefined;
      const background = colour ? css(colour) : '';
      // Asking the style is cheaper than setting it.
      if (cell.dataset.colour !== background) {
        cell.dataset.colour = background;
        cell.style.backgroundColor = background;
        cell.style.color = colour ? inkOn(colour) : '';
      }
      setText(cell, fault ? '✕' : numbers && known ? measure.format(value) : '');
      const selected = String(chosen.has(name));
      if (cell.getAttribute('aria-selected') !== selected) cell.setAttribute('aria-selected', selected);
      cell.classList.toggle('focus', name === focus);
      if (!cell.hasAttribute('aria-label')) cell.setAttribute('aria-label', this.words(name));
    }
    this.table.classList.toggle('numbers', numbers);
    this.legend.classList.toggle('absent', scale === undefined);
    setText(this.low, scale ? `${scale.below ? '≤ ' : ''}${measure.format(scale.low)}` : '');
    setText(this.high, scale ? `${scale.above ? '≥ ' : ''}${measure.format(scale.high)}` : '');
    const stop = this.cells.get(focus ?? '') ?? first;
    if (this.tabStop !== stop && !this.table.contains(document.activeElement)) this.setTabStop(stop);
  }

  private valueOf(name: string, measure: GridMeasure): number {
    const { model, view, mapLine } = this.scene;
    if (measure.ofChange) {
      const change = model.change(name)?.change;
      return change ? measure.ofChange(change) : Number.NaN;
    }
    if (measure.ofLearned) {
      const learned = model.learned(name)?.learned;
      return learned ? measure.ofLearned(learned) : Number.NaN;
    }
    const spectrum = mapLine && model.spectrum(name, mapLine);
    return spectrum?.ready ? measure.of(spectrum, { rank: this.scene.rank, interval: view.interval }) : Number.NaN;
  }

  private renderHead(): void {
    const { scene } = this;
    const { view, model, theme } = scene;
    const options = Object.entries(gridMeasures).filter(([, measure]) => !('needs' in measure) || model[measure.needs]);
    this.measureList.setOptions(options.map(([value, { title }]) => ({ value, text: title })));
    this.measureList.set(view.measure);
    const lines = model.lines();
    this.lineList.element.hidden = lines.length < 2;
    this.lineList.setOptions(lines.map(({ id, title }) => ({ value: id, text: title })));
    this.lineList.set(scene.mapLine?.id ?? '');
    const steps = Array.from({ length: 9 }, (_, i) => css(ramp(i / 8, theme.dark)));
    this.bar.style.background = `linear-gradient(90deg, ${steps.join(', ')})`;
  }

  /** Only what is looked at is described: hundreds of texts would be written for nobody. */
  private describe(cell: HTMLElement | undefined): void {
    if (!cell) return;
    const words = this.words(cell.dataset.matrix!);
    cell.title = words;
    cell.setAttribute('aria-label', words);
  }

  private words(name: string): string {
    const { scene } = this;
    const matrix = scene.model.matrices.get(name) as SpectrumMatrix;
    const measure = gridMeasure(scene.view.measure);
    const value = this.values.get(name) ?? Number.NaN;
    const fault = scene.mapLine && scene.model.fault(name, scene.mapLine);
    const said = fault
      ? fault.message
      : Number.isNaN(value)
        ? 'no value yet'
        : `${measure.title} ${measure.format(value)}`;
    return `${name} (${matrix.shape.join(' × ')})${matrix.adapted ? ', adapted' : ''}: ${said}`;
  }

  private setTabStop(cell: HTMLElement | undefined): void {
    if (this.tabStop) this.tabStop.tabIndex = -1;
    this.tabStop = cell;
    if (cell) cell.tabIndex = 0;
  }

  private pressed(event: MouseEvent): void {
    const additive = event.shiftKey || event.ctrlKey || event.metaKey;
    const name = cellOf(event)?.dataset.matrix;
    if (name !== undefined) this.actions.choose(name, additive);
    const names = (event.target as HTMLElement).closest<HTMLElement>('[data-names]')?.dataset.names;
    if (names !== undefined) this.actions.chooseAll(JSON.parse(names), additive);
  }

  private typed(event: KeyboardEvent): void {
    const [place] = [...this.places].find(([, element]) => element === event.target) ?? [];
    const next = place === undefined ? undefined : neighbour(this.scene.grid, place, event.key);
    if (next === undefined) return;
    event.preventDefault();
    const target = this.places.get(next)!;
    this.setTabStop(target);
    target.focus();
    if (event.shiftKey && this.cells.has(next)) this.actions.choose(next, true);
  }
}

const cellOf = (event: Event): HTMLElement | undefined =>
  (event.target as HTMLElement).closest<HTMLElement>('[data-matrix]') ?? undefined;
