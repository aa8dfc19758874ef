/** What the person set: entry, order, filter, the chosen row. Kept with the page's state, and read back with care. Pure. */
import { type Column, columns } from './rows.ts';

export interface Sort<C extends string> {
  column: C;
  descending: boolean;
}

export interface ViewState {
  /** Index in the recipe's `adapters`; undefined: the first that can be compared. */
  entry: number | undefined;
  sort: Sort<Column>;
  /** Ids of methods that are not shown. */
  hidden: string[];
  /** Rows above the budget are not shown. */
  within: boolean;
  /** Key of a row. */
  chosen: string | undefined;
}

/** @param kept what `setState` was given, perhaps by another version: what does not fit is left out. */
export function restoreView(kept: Record<string, unknown> = {}): ViewState {
  const { entry, hidden, within, chosen } = kept;
  const sort = (kept.sort ?? {}) as Record<string, unknown>;
  return {
    entry: Number.isSafeInteger(entry) && (entry as number) >= 0 ? (entry as number) : undefined,
    sort: {
      column: columns.find((column) => column === sort.column) ?? 'trainable',
      descending: sort.descending === true,
    },
    hidden: Array.isArray(hidden) ? hidden.filter((id): id is string => typeof id === 'string') : [],
    within: within === true,
    chosen: typeof chosen === 'string' ? chosen : undefined,
  };
}

/** Another column starts from its smallest; the same one turns around. */
export const sortedBy = <C extends string>({ sort }: { sort: Sort<C> }, column: C): Sort<C> => ({
  column,
  descending: sort.column === column && !sort.descending,
});

/** @param all ids of the methods that there are. @param alone: of all, only this one; again: all. One stays. */
export function toggled(hidden: readonly string[], id: string, all: readonly string[], alone: boolean): string[] {
  const shown = all.filter((each) => !hidden.includes(each));
  if (alone) return shown.length === 1 && shown[0] === id ? [] : all.filter((each) => each !== id);
  if (hidden.includes(id)) return hidden.filter((each) => each !== id);
  return shown.length === 1 ? [] : [...hidden, id];
}
