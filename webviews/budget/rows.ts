/** The rows of a comparison as the panel names, filters and sorts them. Pure. */
import { percent } from '../../server/base/units.ts';
import type { Comparison, ComparisonRow } from '../../server/protocol/language.ts';
import { byValue } from '../shared/order.ts';
import type { Sort, ViewState } from './view-state.ts';

export interface Row extends ComparisonRow {
  /** Stays the same while the recipe changes. */
  key: string;
  /** "SVFT, banded, d = 2" */
  name: string;
  /** "LoRA, rank 8" */
  label: string;
  /** More than the budget leaves. */
  over: boolean;
}

export function rowsOf({ rows, limit }: Comparison): Row[] {
  const keys = new Set<string>();
  return rows.map((row) => {
    const { method, title, form, rank, trainable } = row;
    const usual = [method, form, rank ?? ''].join('|');
    // Settings of the recipe that no other row has: a rank for some matrices, another band.
    const key = keys.has(usual) ? `${usual}|own` : usual;
    keys.add(key);
    const name = [title, form].filter((part) => part !== '').join(', ');
    const label = rank === undefined ? name : `${name}, rank ${rank}`;
    return { ...row, key, name, label, over: limit !== undefined && trainable > limit };
  });
}

/** Those that the person wants to see; what the recipe says is among them while its method is. */
export const shownRows = (rows: readonly Row[], { hidden, within }: ViewState): Row[] =>
  rows.filter((row) => !hidden.includes(row.method) && (!within || !row.over || row.present));

const values = {
  method: (row: Row) => row.name,
  rank: (row: Row) => row.rank,
  trainable: (row: Row) => row.trainable,
  percent: (row: Row) => row.percent,
  file: (row: Row) => row.adapterBytes,
  shared: (row: Row) => row.sharedBytes,
  updateRank: (row: Row) => row.updateRank,
};
export type Column = keyof typeof values;
export const columns = Object.keys(values) as Column[];

/** Equals in the order of their counts. */
export const sortRows = (rows: readonly Row[], { column, descending }: Sort<Column>): Row[] =>
  [...rows].sort(
    byValue(values[column], descending, (a, b) => a.trainable - b.trainable || b.updateRank - a.updateRank),
  );

/** "32%", or of what is above it "4.2×"; a budget of nothing is never kept. */
export function ofBudget(trainable: number, limit: number): string {
  if (trainable <= limit) return percent(limit > 0 ? trainable / limit : 0);
  return limit > 0 ? times(trainable / limit) : 'over';
}

/** 0.125 -> "0.125×", 2 -> "2×", 1234 -> "1230×". */
export const times = (factor: number): string => `${Number(factor.toPrecision(3))}×`;
