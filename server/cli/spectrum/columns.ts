/** Tables that leave out what does not fit. */
import { table } from '../output.ts';

export interface Column<Row> {
  title: string;
  /** The greatest goes first where the table is too wide; 0 stays. */
  drop: number;
  /** Aligned to the left; others, being numbers, to the right. */
  left?: boolean;
  cell(row: Row): string;
}

/**
 * The first column holds names: they are shortened before a column goes, and cut where nothing else helps.
 * @param left is given the titles of columns that went.
 */
export function fittingTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
  shorten: (name: string) => string,
  left: (title: string) => void = () => {},
): string[] {
  const cells = new Map(columns.map((column) => [column, [column.title, ...rows.map((row) => column.cell(row))]]));
  let kept = [...columns];
  const lines = (names: readonly string[]) =>
    table(
      names.map((name, row) => [name, ...kept.slice(1).map((column) => cells.get(column)![row]!)]),
      kept.flatMap(({ left }, at) => (left ? [] : [at])),
    );
  const fits = (drawn: readonly string[]) => drawn.every((line) => [...line].length <= width);
  let names = cells.get(columns[0]!)!;
  let drawn = lines(names);
  if (!fits(drawn)) {
    names = names.map((name, row) => (row === 0 ? name : shorten(name)));
    drawn = lines(names);
  }
  while (!fits(drawn)) {
    const last = kept.reduce((best, column) => (column.drop > best.drop ? column : best));
    if (last.drop === 0) break;
    kept = kept.filter((column) => column !== last);
    left(last.title);
    drawn = lines(names);
  }
  const over = Math.max(...drawn.map((line) => [...line].length)) - width;
  if (over <= 0) return drawn;
  const room = Math.max(8, Math.max(...names.map((name) => name.length)) - over);
  return lines(names.map((name) => (name.length > room ? `…${name.slice(1 - room)}` : name)));
}

export const mean = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
