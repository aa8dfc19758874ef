/** What is on show: the model as the person's settings see it. Asked anew in each frame; nothing here is kept but the grid. */

import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';
import type { SpectrumCut } from '../../server/protocol/spectrum-view.ts';
import { type Grid, gridOf, shortKinds } from '../shared/grid.ts';
import { dashes, matrixColours, type SpectrumTheme } from './colours.ts';
import type { Curve } from './csv.ts';
import { shortName } from './grid-model.ts';
import type { Line, SpectrumModel } from './model.ts';
import type { ViewState } from './view-state.ts';

/** Where nobody and no recipe says another. */
const usualRank = 8;

export interface StyledCurve extends Curve {
  label: string;
  colour: string;
  dash: readonly number[];
}

export class Scene {
  readonly model: SpectrumModel;
  readonly view: ViewState;
  theme: SpectrumTheme;
  grid: Grid = { layers: [], rows: [], outside: [] };
  labels: ReadonlyMap<string, string> = new Map();

  constructor(model: SpectrumModel, view: ViewState, theme: SpectrumTheme) {
    this.model = model;
    this.view = view;
    this.theme = theme;
  }

  /** The list of matrices changed. What was selected and is there stays so; else the first adapted matrix, or the first of all. */
  relist(): void {
    const matrices = [...this.model.matrices.values()];
    this.grid = gridOf(matrices);
    this.labels = shortKinds(this.grid.rows.map(({ kind }) => kind));
    // Before the list has come, what a reload brought back waits for it.
    if (matrices.length === 0) return;
    const there = this.view.selected.filter((name) => this.model.matrices.has(name));
    const first = matrices.find(({ adapted }) => adapted) ?? matrices[0];
    this.view.selected = there.length > 0 ? there : first ? [first.name] : [];
  }

  get selected(): SpectrumMatrix[] {
    return this.view.selected.flatMap((name) => this.model.matrices.get(name) ?? []);
  }

  get focus(): SpectrumMatrix | undefined {
    return this.model.matrices.get(this.view.selected.at(-1) ?? '');
  }

  /** Lines that are drawn; hiding all of them hides none. */
  get lines(): Line[] {
    const all = this.model.lines();
    const shown = all.filter(({ id }) => !this.view.hidden.includes(id));
    return shown.length > 0 ? shown : all;
  }

  get mapLine(): Line | undefined {
    const all = this.model.lines();
    return all.find(({ id }) => id === this.view.mapLine) ?? all[0];
  }

  dashOf(line: Line): readonly number[] {
    const at = this.model.lines().findIndex(({ id }) => id === line.id);
    return dashes[at % dashes.length]!;
  }

  nameOf(matrix: SpectrumMatrix): string {
    return shortName(matrix, this.labels);
  }

  /** Colours of the selected matrices, in their order. */
  get colours(): string[] {
    return matrixColours(this.view.selected.length, this.theme.lines, this.theme.dark);
  }

  /** Selected matrices × lines, as far as their values have come. The one in focus is drawn last, over the others. */
  curves(): StyledCurve[] {
    const { lines, selected, colours } = this;
    return selected.flatMap((matrix, i) =>
      lines.flatMap((line): StyledCurve[] => {
        const spectrum = this.model.spectrum(matrix.name, line);
        if (!spectrum) return [];
        const name = this.nameOf(matrix);
        const label = lines.length > 1 ? `${name}, ${line.title}` : name;
        return [{ line, spectrum, label, colour: colours[i]!, dash: this.dashOf(line) }];
      }),
    );
  }

  /** min(m, n) of the largest selected matrix: where the cursor's way ends. */
  get largestRank(): number {
    return Math.max(1, ...this.selected.map(({ shape }) => Math.min(...shape)));
  }

  get rank(): number {
    return Math.min(this.view.rank ?? this.cut?.rank ?? usualRank, this.largestRank);
  }

  get cut(): SpectrumCut | undefined {
    return this.model.cuts.get(this.view.selected.at(-1) ?? '');
  }

  /** Why nothing is drawn. */
  get nothing(): string {
    const { focus, lines } = this;
    if (!focus) return '';
    const fault = lines.map((line) => this.model.fault(focus.name, line)).find((found) => found);
    if (fault) return fault.message;
    const running = this.model.subjects.some(({ phase }) => phase === 'running' || phase === 'reading');
    return running ? 'Its values have not come yet.' : 'Its values were not computed.';
  }
}
