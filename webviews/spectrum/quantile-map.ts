/** The map layer × quantile of one kind. */
import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';
import { h, setText } from '../shared/dom.ts';
import { figure } from '../shared/figures.ts';
import { everyFew, HeatMap, type HeatMapContent } from '../shared/heat-map.ts';
import { scaleOf } from '../shared/ramps.ts';
import type { SpectrumTheme } from './colours.ts';
import { type SelectControl, select } from './controls.ts';
import type { Scene } from './scene.ts';
import { quantileColumns, type Spectrum } from './spectrum.ts';

/** Rows are the kind's layers; those whose values have not come are NaN. */
export function quantileMap(
  matrices: readonly SpectrumMatrix[],
  spectrumOf: (matrix: SpectrumMatrix) => Spectrum | undefined,
  focus: string | undefined,
  kind = '',
): HeatMapContent {
  const values = new Float32Array(matrices.length * quantileColumns).fill(Number.NaN);
  matrices.forEach((matrix, row) => {
    const spectrum = spectrumOf(matrix);
    if (spectrum?.ready) values.set(spectrum.quantiles, row * quantileColumns);
  });
  const marked = matrices.findIndex(({ name }) => name === focus);
  const layer = (row: number) => String(matrices[row]!.layer ?? '–');
  const share = (column: number) => `${Math.round((100 * (column + 0.5)) / quantileColumns)}%`;
  const positive = values.some((value) => value > 0);
  return {
    rows: matrices.length,
    columns: quantileColumns,
    values,
    scale: scaleOf(values, positive),
    x: {
      title: 'share of the values, largest first',
      ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({
        at: at * quantileColumns - 0.5,
        label: `${100 * at}%`,
      })),
    },
    y: { title: 'layer', ticks: everyFew(matrices.length, 16, layer) },
    legend: kind ? `σ, ${kind}` : 'σ',
    format: figure,
    ...(marked >= 0 && { marked }),
    describe: (row, column) => {
      const value = values[row * quantileColumns + column]!;
      return `Layer ${layer(row)}, at ${share(column)}: ${Number.isNaN(value) ? 'no value yet' : figure(value)}`;
    },
  };
}

export class QuantileCard {
  readonly element: HTMLElement;
  readonly map: HeatMap;
  private readonly kinds: SelectControl;
  private readonly summary = h('p', { id: 'quantiles-summary', class: 'visually-hidden' });
  private readonly note = h('p', { class: 'note muted' });
  private readonly scene: Scene;
  private shown: SpectrumMatrix[] = [];

  constructor(
    scene: Scene,
    speak: (text: string) => void,
    setKind: (kind: string) => void,
    choose: (name: string) => void,
  ) {
    this.scene = scene;
    this.kinds = select('Kind of matrix', setKind);
    this.map = new HeatMap('Layer × quantile', scene.theme, 'quantiles-summary', speak, (row) =>
      choose(this.shown[row]!.name),
    );
    this.element = h(
      'section',
      { class: 'card plot', id: 'quantiles', 'aria-label': 'Layer × quantile' },
      h('header', {}, h('h2', {}, 'Layer × quantile'), h('div', { class: 'controls' }, this.kinds.element)),
      this.map.holder,
      this.note,
      this.summary,
    );
  }

  setTheme(theme: SpectrumTheme): void {
    this.map.setTheme(theme);
  }

  render(): void {
    const { scene } = this;
    const { model, grid, labels, focus, mapLine, view } = scene;
    const asked =
      grid.rows.find(({ kind }) => kind === view.kind) ?? grid.rows.find(({ kind }) => kind === focus?.kind);
    const row = asked ?? grid.rows[0];
    this.kinds.setOptions(grid.rows.map(({ kind }) => ({ value: kind, text: labels.get(kind) ?? kind })));
    this.kinds.element.hidden = grid.rows.length === 0;
    if (row) this.kinds.set(row.kind);
    const names = row ? row.cells.filter((name) => name !== undefined) : focus ? [focus.name] : [];
    this.shown = names.map((name) => model.matrices.get(name)!);
    const kind = row && labels.get(row.kind);
    const content = quantileMap(
      this.shown,
      (matrix) => mapLine && model.spectrum(matrix.name, mapLine),
      focus?.name,
      kind,
    );
    this.map.draw(content, 'The values of these matrices have not come yet.');
    const lines = model.lines();
    const of = lines.length > 1 && mapLine ? ` of ${mapLine.title}` : '';
    const there = this.shown.filter(({ name }) => mapLine && model.spectrum(name, mapLine)?.ready).length;
    setText(this.note, `${there} of ${this.shown.length} layers${of}. A click on a row chooses its matrix.`);
    const { scale } = content;
    setText(
      this.summary,
      scale
        ? `${kind ?? ''}${of}: singular values of ${there} layers, from ${figure(scale.low)} to ${figure(scale.high)}.`
        : 'No values yet.',
    );
  }
}
