/** Messages between the extension host and the budget panel's webview. */
import type { ErrorData } from '../base/errors.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { Comparison, ComparisonRow } from './language.ts';

/** Which row of a comparison. */
export type ChosenRow = Pick<ComparisonRow, 'method' | 'form' | 'rank'>;

export type ToBudgetView =
  /** After `ready` and `entry`, and whenever the recipe changed. `recipe`: its file's name. */
  | { type: 'comparison'; recipe: string; comparison: Comparison }
  /** There is nothing to compare: why, or nothing while the model is being read. */
  | { type: 'findings'; recipe: string; diagnostics: Pick<Diagnostic, 'code' | 'severity' | 'message'>[] }
  /** An edit that was asked for could not be made. */
  | { type: 'refused'; error: ErrorData };

export type FromBudgetView =
  /** `entry`: which one to compare, an index of the recipe's `adapters`; the first one that can be, unless said. */
  | { type: 'ready'; entry?: number }
  | { type: 'entry'; entry: number }
  /** Write this row into the recipe. */
  | { type: 'use'; entry: number; row: ChosenRow }
  | { type: 'showRecipe' }
  | { type: 'showProblems' }
  /** Save what is shown: base64 of a PNG, or a text. */
  | { type: 'save'; name: string; content: { png: string } | { csv: string } };

/** What the webview keeps with `setState`, so that a reload finds its recipe again. */
export interface BudgetViewState {
  /** The recipe's URI. */
  recipe: string;
  view?: Record<string, unknown>;
}
