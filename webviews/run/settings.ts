/** What a person chose for the charts; kept as the page's state. */
import type { RunViewState, XAxis } from '../../server/protocol/webview.ts';
import type { XRange } from './range.ts';

export interface Settings {
  /** Of the moving average, in [0, 1); 0: none. */
  weight: number;
  axis: XAxis;
  range: XRange | undefined;
  /** Titles of the charts whose axis is logarithmic. */
  logarithmic: Set<string>;
  ranksAt: number | undefined;
  /** Directories of the runs laid over the panel's own, and of all those that are hidden. */
  others: string[];
  hidden: Set<string>;
}

export function settingsOf(saved: RunViewState | undefined): Settings {
  return {
    weight: saved?.smoothing ?? 0.8,
    axis: saved?.axis ?? 'steps',
    range: saved?.range,
    // Versions before this one kept one word for all charts.
    logarithmic: new Set(Array.isArray(saved?.logarithmic) ? saved.logarithmic : []),
    ranksAt: saved?.ranksAt,
    others: saved?.others ?? [],
    hidden: new Set(saved?.hidden),
  };
}

export function stateOf(run: string, settings: Settings): RunViewState {
  const { weight, axis, range, logarithmic, ranksAt, others, hidden } = settings;
  return {
    run,
    smoothing: weight,
    axis,
    logarithmic: [...logarithmic],
    others,
    hidden: [...hidden],
    ...(range !== undefined && { range }),
    ...(ranksAt !== undefined && { ranksAt }),
  };
}
