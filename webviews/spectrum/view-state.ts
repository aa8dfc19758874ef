/** What the person set: selection, scales, cursor. Kept with the page's state, and read back with care. Pure. */
import { type GridMeasureId, gridMeasures } from './grid-measures.ts';

export interface ViewState {
  /** Names of matrices, in the order in which they were chosen; the last one is in focus. */
  selected: string[];
  measure: GridMeasureId;
  /** The line (Line.id) that grid and maps show; undefined: the first. */
  mapLine: string | undefined;
  /** Lines (Line.id) that are not drawn. */
  hidden: string[];
  /** Of singular values. */
  logarithmic: boolean;
  /** σ / σ₁. */
  normalised: boolean;
  /** The axis of ranks. */
  logarithmicRanks: boolean;
  /** Undefined: where the recipe cuts, until someone moves the cursor. */
  rank: number | undefined;
  interval: [number, number];
  logarithmicBins: boolean;
  /** Of the map layer × quantile; undefined: that of the matrix in focus. */
  kind: string | undefined;
}

/** The interval is the check of the article that the panel reproduces: are most singular values "ordinary" ones? */
export const initialView: ViewState = {
  selected: [],
  measure: 'stableRank',
  mapLine: undefined,
  hidden: [],
  logarithmic: true,
  normalised: false,
  logarithmicRanks: false,
  rank: undefined,
  interval: [0.1, 1.1],
  logarithmicBins: false,
  kind: undefined,
};

/** @param kept what `setState` was given, perhaps by another version: what does not fit is left out. */
export function restoreView(kept: Record<string, unknown> | undefined): ViewState {
  const view = { ...initialView, selected: [], hidden: [] as string[] } as ViewState;
  if (!kept) return view;
  const flag = (name: 'logarithmic' | 'normalised' | 'logarithmicRanks' | 'logarithmicBins') => {
    if (typeof kept[name] === 'boolean') view[name] = kept[name];
  };
  for (const name of ['logarithmic', 'normalised', 'logarithmicRanks', 'logarithmicBins'] as const) flag(name);
  if (isNames(kept.selected)) view.selected = kept.selected;
  if (isNames(kept.hidden)) view.hidden = kept.hidden;
  if (typeof kept.mapLine === 'string') view.mapLine = kept.mapLine;
  if (typeof kept.kind === 'string') view.kind = kept.kind;
  if (typeof kept.measure === 'string' && Object.hasOwn(gridMeasures, kept.measure))
    view.measure = kept.measure as GridMeasureId;
  if (Number.isInteger(kept.rank) && (kept.rank as number) > 0) view.rank = kept.rank as number;
  const { interval } = kept;
  if (Array.isArray(interval) && isInterval(interval[0], interval[1])) view.interval = [interval[0], interval[1]];
  return view;
}

export const isInterval = (low: unknown, high: unknown): boolean =>
  Number.isFinite(low) && Number.isFinite(high) && (low as number) <= (high as number);

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/** @param additive the name joins the selection, or leaves it; the last one stays. */
export function withSelected(selected: readonly string[], name: string, additive: boolean): string[] {
  if (!additive) return [name];
  const others = selected.filter((each) => each !== name);
  if (others.length === selected.length) return [...selected, name];
  return others.length > 0 ? others : [name];
}

/** Of a row or column at once: they are selected, or, where they are that already, all but the focus leaves. */
export function withAll(selected: readonly string[], names: readonly string[], additive: boolean): string[] {
  if (names.length === 0) return [...selected];
  return additive ? [...selected.filter((each) => !names.includes(each)), ...names] : [...names];
}
