/** Messages between the extension host and the run panel's webview. */
import type { ErrorData } from '../base/errors.ts';
import type { RunEvent } from './events.ts';
import type { RecipeDifference } from './language.ts';
import type { RunRecord } from './runs.ts';
import type { StepColumns } from './step-columns.ts';

/** What the horizontal axis of the charts counts. */
export type XAxis = 'steps' | 'tokens' | 'time';

/** `other`: the directory of a run that is laid over the panel's own. */
export type ToRunView =
  /** Everything about a run so far; sent after `ready` and again after a re-connect. */
  | { type: 'init'; record: RunRecord; events: (RunEvent | StepColumns)[]; other?: string }
  | { type: 'events'; events: (RunEvent | StepColumns)[]; other?: string }
  | { type: 'record'; record: RunRecord; other?: string }
  /** The daemon is not reachable (reason) or reachable again (undefined). */
  | { type: 'connection'; reason?: string }
  /** The run directory is gone or unreadable: nothing more will come. */
  | { type: 'missing'; run: string; error: ErrorData; other?: string }
  /** In what the recipes of the runs differ: a value for each run, in this order. */
  | { type: 'differences'; runs: string[]; rows: RecipeDifference[] };

export type FromRunView =
  /** `others`: runs that were laid over this one before. */
  | { type: 'ready'; others?: string[] }
  /** Let a person choose runs to lay over this one. */
  | { type: 'addRuns' }
  | { type: 'removeRun'; run: string }
  /** Save a chart or a table; a PNG as base64. */
  | { type: 'save'; name: string; content: { png: string } | { svg: string } | { csv: string } }
  | { type: 'command'; command: 'cancel' | 'resume' | 'openFolder' | 'showSpectrum' | 'openRecipe' | 'showLog' };

/** What the webview keeps with `setState`, so that a reload finds its run again. */
export interface RunViewState {
  run: string;
  /** Weight of the moving average drawn over the raw values, in [0, 1). */
  smoothing?: number;
  axis?: XAxis;
  /** The part of the axis that is shown; absent: all of it. */
  range?: { from: number; to: number };
  /** Titles of the charts with a logarithmic axis. */
  logarithmic?: string[];
  /** Directories of runs laid over this one, and of those that are hidden. */
  others?: string[];
  hidden?: string[];
  /** The step whose ranks are shown; absent: the last one that there is. */
  ranksAt?: number;
}
