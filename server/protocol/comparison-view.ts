/** Messages between the extension host and the webview that compares runs. */
import type { ErrorData } from '../base/errors.ts';
import type { ComparedRun } from './comparison.ts';

/** A sweep, by its id, with all its points; or chosen runs, by their directories. */
export type ComparisonSubject = { sweep: string } | { runs: string[] };

export type ToComparisonView =
  /** After `ready`, and whenever a run changed. */
  | { type: 'runs'; title: string; runs: ComparedRun[] }
  /** Settings of a run were written into this recipe (its file's name). */
  | { type: 'used'; recipe: string }
  /** They could not be. */
  | { type: 'refused'; error: ErrorData };

export type FromComparisonView =
  | { type: 'ready' }
  | { type: 'openRun'; run: string }
  /** Write the settings of this run into the recipe that is open. */
  | { type: 'use'; run: string }
  /** Save what is shown: base64 of a PNG, or a text. */
  | { type: 'save'; name: string; content: { png: string } | { csv: string } | { svg: string } };

/** What the webview keeps with `setState`, so that a reload finds its runs again. */
export interface ComparisonViewState {
  about: ComparisonSubject;
  view?: Record<string, unknown>;
}
