/** Messages between the extension host and the run panel's webview. */
import type { ErrorData } from '../base/errors.ts';
import type { RunEvent } from './events.ts';
import type { RunRecord } from './runs.ts';

export type ToRunView =
  /** Everything about the run so far; sent after `ready` and again after a re-connect. */
  | { type: 'init'; record: RunRecord; events: RunEvent[] }
  | { type: 'events'; events: RunEvent[] }
  | { type: 'record'; record: RunRecord }
  /** The daemon is not reachable (reason) or reachable again (undefined). */
  | { type: 'connection'; reason?: string }
  /** The run directory is gone or unreadable: nothing more will come. */
  | { type: 'missing'; run: string; error: ErrorData };

export type FromRunView =
  | { type: 'ready' }
  /** Save a table. */
  | { type: 'save'; name: string; csv: string }
  | { type: 'command'; command: 'cancel' | 'resume' | 'openFolder' | 'openRecipe' | 'showLog' };

/** What the webview keeps with `setState`, so that a reload finds its run again. */
export interface RunViewState {
  run: string;
  /** Weight of the moving average drawn over the training loss, in [0, 1). */
  smoothing?: number;
  logarithmic?: boolean;
  /** The step whose ranks are shown; absent: the last one that there is. */
  ranksAt?: number;
}
