/** The grid layer × kind as it is named, chosen from and walked. Pure. */
import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';
import type { Grid } from '../shared/grid.ts';

/** A matrix's name for a narrow place: kind and layer. */
export function shortName({ name, kind, layer }: SpectrumMatrix, labels: ReadonlyMap<string, string>): string {
  return layer === undefined ? name : `${labels.get(kind) ?? kind} · ${layer}`;
}

/** What stands at the head of a row or column: its label, and the matrices that it chooses. */
export interface GridHead {
  id: string;
  label: string;
  names: string[];
}

const present = (names: (string | undefined)[]): string[] => names.filter((name) => name !== undefined);

export const columnHeads = ({ layers, rows }: Grid): GridHead[] =>
  layers.map((layer, i) => ({
    id: `column ${i}`,
    label: String(layer),
    names: present(rows.map(({ cells }) => cells[i])),
  }));

/** The row of what is outside of the layers comes last. */
export const rowHeads = ({ rows, outside }: Grid): GridHead[] => [
  ...rows.map(({ label, cells }, i) => ({ id: `row ${i}`, label, names: present(cells) })),
  ...(outside.length > 0 ? [{ id: `row ${rows.length}`, label: 'outside of layers', names: outside }] : []),
];

/** All that the keyboard walks, as it stands on the page: ids of heads, names of matrices, and holes. */
function places(grid: Grid): (string | undefined)[][] {
  const rows = [...grid.rows.map(({ cells }) => cells), grid.outside];
  return [
    [undefined, ...columnHeads(grid).map(({ id }) => id)],
    ...rowHeads(grid).map(({ id }, i) => [id, ...rows[i]!]),
  ];
}

/** The matrix or head that an arrow key, Home or End leads to, past holes; undefined where there is none further on. */
export function neighbour(grid: Grid, place: string, key: string): string | undefined {
  const lines = places(grid);
  const row = lines.findIndex((line) => line.includes(place));
  if (row < 0) return undefined;
  const line = lines[row]!;
  const column = line.indexOf(place);
  const find = (cells: (string | undefined)[]) => cells.find((cell) => cell !== undefined);
  const below = lines.slice(row + 1);
  const above = lines.slice(0, row).reverse();
  switch (key) {
    case 'ArrowRight':
      return find(line.slice(column + 1));
    case 'ArrowLeft':
      return find(line.slice(0, column).reverse());
    case 'ArrowDown':
      return find(below.map((cells) => cells[Math.min(column, cells.length - 1)]));
    case 'ArrowUp':
      return find(above.map((cells) => cells[column]));
    case 'Home':
      return find(line);
    case 'End':
      return find([...line].reverse());
    default:
      return undefined;
  }
}
