/** What the chart shows of rows: a series for each method, the Pareto front, places that several points share, and the axes. Pure. */
import type { Range } from '../shared/axes.ts';
import { frontOf as frontOfPoints } from '../shared/series.ts';
import type { Row } from './rows.ts';

export { logRange } from '../../server/base/ticks.ts';

export interface Series {
  method: string;
  title: string;
  /** The fewest parameters first. */
  rows: Row[];
}

/** Only what changes matrices has a place on an axis of ranks. */
export const drawn = (rows: readonly Row[]): Row[] => rows.filter(({ updateRank }) => updateRank > 0);

export function seriesOf(rows: readonly Row[]): Series[] {
  const series = new Map<string, Series>();
  for (const row of [...drawn(rows)].sort((a, b) => a.trainable - b.trainable)) {
    const known = series.get(row.method);
    if (known) known.rows.push(row);
    else series.set(row.method, { method: row.method, title: row.title, rows: [row] });
  }
  return [...series.values()];
}

/** Rows for which no other has as large an update rank with as few parameters, and more of one; of equals all. The fewest parameters first. */
export const frontOf = (rows: readonly Row[]): Row[] =>
  frontOfPoints(drawn(rows).map((row) => ({ row, x: row.trainable, y: row.updateRank }))).map(({ row }) => row);

/** How many points before this one have its place already, by key: what lies at one place is drawn as rings around each other. */
export function levelsOf(series: readonly Series[]): Map<string, number> {
  const places = new Map<string, number>();
  const levels = new Map<string, number>();
  for (const { rows } of series)
    for (const { key, trainable, updateRank } of rows) {
      const place = `${trainable} ${updateRank}`;
      const level = places.get(place) ?? 0;
      levels.set(key, level);
      places.set(place, level + 1);
    }
  return levels;
}

/** Powers of two, at most about ten of them. */
export function doublings({ min, max }: Range): number[] {
  const stride = Math.max(1, Math.ceil(Math.log2(max / min) / 10));
  const ticks: number[] = [];
  for (let power = 0; power <= Math.log2(max); power += stride) ticks.push(2 ** power);
  return ticks.filter((tick) => tick >= min && tick <= max);
}
