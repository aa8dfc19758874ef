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
