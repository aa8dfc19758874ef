/** What the person set: metric, order, filter, the chosen configuration. Kept with the page's state, and read back with care. Pure. */
import type { Sort } from '../budget/view-state.ts';

export interface ViewState {
  /** Undefined: the one that the recipes go by. */
  metric: string | undefined;
  sort: Sort<string>;
  /** Methods that are not shown. */
  hidden: string[];
  /** Key of a group. */
  chosen: string | undefined;
}

/** @param kept what `setState` was given, perhaps by another version: what does not fit is left out. */
export function restoreView(kept: Record<string, unknown> = {}): ViewState {
  const { metric, hidden, chosen } = kept;
  const sort = (kept.sort ?? {}) as Record<string, unknown>;
  return {
    metric: typeof metric === 'string' ? metric : undefined,
    sort: {
      column: typeof sort.column === 'string' ? sort.column : 'trainable',
      descending: sort.descending === true,
    },
    hidden: Array.isArray(hidden) ? hidden.filter((id): id is string => typeof id === 'string') : [],
    chosen: typeof chosen === 'string' ? chosen : undefined,
  };
}
