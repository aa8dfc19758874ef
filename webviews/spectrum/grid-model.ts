/** Matrices as a table layer × kind. Pure. */
import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';

export interface GridRow {
  kind: string;
  label: string;
  /** Names by column; undefined where a layer has no such matrix. */
  cells: (string | undefined)[];
}

export interface Grid {
  layers: number[];
  rows: GridRow[];
  /** Matrices outside of the layers: a row of their own, each its own kind. */
  outside: string[];
}

export function gridOf(matrices: Iterable<Pick<SpectrumMatrix, 'name' | 'kind' | 'layer'>>): Grid {
  const all = [...matrices];
  const inside = all.filter(({ layer }) => layer !== undefined);
  const layers = [...new Set(inside.map(({ layer }) => layer!))].sort((a, b) => a - b);
  const column = new Map(layers.map((layer, i) => [layer, i]));
  const kinds = [...new Set(inside.map(({ kind }) => kind))];
  const labels = shortKinds(kinds);
  const rows = new Map(
    kinds.map((kind) => [
      kind,
      { kind, label: labels.get(kind)!, cells: layers.map((): string | undefined => undefined) },
    ]),
  );
  for (const { kind, layer, name } of inside) rows.get(kind)!.cells[column.get(layer!)!] ??= name;
  return {
    layers,
    rows: [...rows.values()],
    outside: all.filter(({ layer }) => layer === undefined).map(({ name }) => name),
  };
}

/** What a kind is called beside others: what follows the layer number, with what comes before it where that does not tell them apart. */
export function shortKinds(kinds: readonly string[]): Map<string, string> {
  const parts = kinds.map((kind) => {
    const at = kind.indexOf('*.');
    return at < 0 ? { kind, head: '', tail: kind } : { kind, head: kind.slice(0, at), tail: kind.slice(at + 2) };
  });
  const times = new Map<string, number>();
  for (const { tail } of parts) times.set(tail, (times.get(tail) ?? 0) + 1);
  const heads = parts.filter(({ tail }) => times.get(tail)! > 1).map(({ head }) => head.split('.'));
  let shared = 0;
  while (heads.length > 0 && heads.every((head) => head.length > shared + 1 && head[shared] === heads[0]![shared]))
    shared++;
  return new Map(
    parts.map(({ kind, head, tail }) => [
      kind,
      times.get(tail)! > 1 ? `${head.split('.').slice(shared)[0] ?? head} ${tail}` : tail,
    ]),
  );
}

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
