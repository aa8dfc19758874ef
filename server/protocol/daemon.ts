/**
 * JSON-RPC between the daemon and its clients (extension windows, command lines). Request names map to parameters and results,
 * notification names to parameters; `wire/` wraps a connection with these types. Errors carry `ErrorData` in `data`.
 */

import type { ErrorData } from '../base/errors.ts';
import type { AdapterResult, AdapterTask, Planned } from './adapters.ts';
import type { BackendName } from './backends.ts';
import type { RunEvent } from './events.ts';
import type { PlaygroundAsk, PlaygroundItem, PlaygroundParams } from './generation.ts';
import type { InspectParams, InspectResult } from './inspect.ts';
import type { RunNotice } from './notices.ts';
import type { PreviewParams, PreviewResult } from './preview.ts';
import type { RunRecord, TrashedRun } from './runs.ts';
import type { SpectrumItem, SpectrumParams, SpectrumResult } from './spectrum.ts';

/** Raised when an older peer could misunderstand a newer one. */
export const protocolVersion = 1;

/** `daemon.json` in the private runtime directory (0600): how to reach the daemon, and the proof of being the same user. */
export interface DaemonRecord {
  pid: number;
  socket: string;
  token: string;
  version: string;
  protocol: number;
}

export interface SubmitParams {
  /** The resolved recipe as YAML: defaults filled in, paths absolute, no `rank: auto`, no sweep. */
  recipeText: string;
  /** Absolute path of the `.peft` file that it came from. */
  recipePath: string;
  name: string;
  /** Absolute path of the folder that gets the run directory. */
  output: string;
  method: string;
  model: string;
  /** Hash of the resolved recipe without name and output, and of its input files' sizes and times. */
  fingerprint?: string;
}

export interface SubmitSweepParams {
  name: string;
  /** In their order; all go into the output folder of the first. */
  points: { submit: SubmitParams; values: Record<string, unknown> }[];
  /** What the points are compared by: a name in `metrics`, or `loss`; undefined without validation data. */
  metric?: string;
  /** Points run even where a finished run has computed the same. */
  again?: boolean;
  /** η of successive halving; needs `metric`. */
  halving?: number;
  /** Seconds of work of all points together. */
  budget?: number;
}

/** `title: null` takes it away; tags are added and taken away by name. */
export interface LabelChange {
  title?: string | null;
  starred?: boolean;
  archived?: boolean;
  addTags?: string[];
  removeTags?: string[];
}

/** A place in the list of runs, which has them by the time when they were made. */
export type RunCursor = Pick<RunRecord, 'createdAt' | 'run'>;

export interface DaemonRequests {
  /** First request of every connection; anything else before it, or a wrong token, closes the connection. */
  hello: { params: { token: string; protocol: number; version: string }; result: DaemonStatus };
  status: { params: Record<string, never>; result: DaemonStatus };
  submit: { params: SubmitParams; result: RunRecord };
  /**
   * Queues all points of a sweep, or none. A point that a finished run in the same folder has computed already is taken from it. `sweep` is
   * the sweep's id.
   */
  submitSweep: { params: SubmitSweepParams; result: { sweep: string; runs: RunRecord[] } };
  /** Cancels the points that wait or run; the answer comes before the running ones have stopped. */
  cancelSweep: { params: { sweep: string }; result: { runs: RunRecord[] } };
  /** Goes on with the points that were cancelled or interrupted and runs the failed ones again, or (`failed`) those alone. */
  resumeSweep: {
    params: { sweep: string; failed?: boolean; allowDifferentBackend?: boolean; backend?: BackendName };
    result: { runs: RunRecord[] };
  };
  cancel: { params: { run: string }; result: RunRecord };
  /** `backend`: goes on with this one, whatever it was begun with. */
  resume: {
    params: { run: string; allowDifferentBackend?: boolean; backend?: BackendName };
    result: RunRecord;
  };
  /**
   * All runs, the oldest first. With `limit` only so many, the newest first, from after `after` on; `more` says where the next part begins: thousands are listed in parts
   * (wire/run-pages.ts), so that the newest are there at once and no message is too long. What changes meanwhile is told by `runChanged` and `runsRemoved`.
   */
  runs: { params: { limit?: number; after?: RunCursor }; result: { runs: RunRecord[]; more?: RunCursor } };
  /** Puts a run directory made elsewhere (or moved) into the index. */
  adopt: { params: { run: string }; result: RunRecord };
  /**
   * Says something of runs: only what `change` names becomes different. Also of a run that is going on. Result: their records, in the order given, without those of `failed`,
   * which cannot be written, are gone, or would have too many tags. A run that is not known (`unknown-run`) ends it before any is labelled.
   */
  label: {
    params: { runs: string[]; change: LabelChange };
    result: { runs: RunRecord[]; failed?: { run: string; error: ErrorData }[] };
  };
  /**
   * Moves run directories to the trash beside them, and out of the list. Refused (`run-active`) where one is queued or running, and where another run takes its
   * results from one (`run-needed`, named); then none is moved. One whose directory is gone only leaves the list.
   */
  remove: { params: { runs: string[] }; result: { removed: TrashedRun[] } };
  /** What lies in the trash of all output folders that the daemon knows, the newest first. */
  trash: { params: Record<string, never>; result: { trashed: TrashedRun[] } };
  /** Puts directories of the trash (`place`) back where they were, or beside that where the name is taken by now. */
  restore: { params: { places: string[] }; result: { runs: RunRecord[] } };
  /** Deletes for good. Only what the trash lists; of all of it without `places`. */
  emptyTrash: { params: { places?: string[] }; result: { deleted: number; bytes: number } };
  /** Bytes on disk of each run's directory, and of the trash; without `runs`, of all. Kept as long as a directory does not change. */
  diskUse: { params: { runs?: string[] }; result: { runs: { run: string; bytes: number }[]; trash: number } };
  /** Asks to be the one who tells the user: granted once for each, whoever asks first. */
  claimNotices: { params: { notices: RunNotice[] }; result: { granted: boolean[] } };
  /**
   * Events already in the file from line `from` on (0-based), then each new one as a `runEvents` notification until `unwatch`.
   * Of a long file the result holds the first part; the rest follows at once as notifications, in order.
   */
  watch: { params: { run: string; from: number }; result: { record: RunRecord; events: RunEvent[]; next: number } };
  unwatch: { params: { run: string }; result: null };
  /**
   * Starts a spectrum for this connection alone: it ends with the connection, and asking again costs little, since values are cached. Its
   * parts come as `spectrumItems`, its end as `spectrumEnded`.
   */
  spectrum: { params: Omit<SpectrumParams, 'home'>; result: { task: string } };
  /** Ends a spectrum of this connection within a second; nothing more of it comes. */
  stopSpectrum: { params: { task: string }; result: null };
  /** What tasks on saved adapters would make, for pickers: nothing is written. */
  plan: { params: { tasks: AdapterTask[] }; result: { plans: Planned[] } };
  /** The first samples of a recipe's data, for an editor. */
  preview: { params: PreviewParams; result: PreviewResult };
  /** What a saved adapter is, or how two differ. */
  inspect: { params: Omit<InspectParams, 'home'>; result: InspectResult };
  /** Merges, exports or composes into `output`, which must not exist; answers when it is done. `id` is the client's own, to stop it by. */
  make: { params: { id: string; task: AdapterTask; output: string }; result: AdapterResult };
  /** Ends a task of this connection within a second; `make` then fails with `aborted`, and nothing is left of its output. */
  stopMaking: { params: { id: string }; result: null };
  /**
   * Loads models for this connection alone. What they have to say comes as `playgroundItem`, their end as `playgroundEnded`: with an error, or because
   * nothing was asked for some minutes.
   */
  openPlayground: { params: PlaygroundParams; result: { playground: string } };
  askPlayground: { params: { playground: string; ask: PlaygroundAsk }; result: null };
  closePlayground: { params: { playground: string }; result: null };
  /** Stops when idle (spectra and playgrounds do not count); with `force`, interrupts what runs (resumable). Of the `jobs`, `queued` wait for the next daemon. */
  shutdown: { params: { force?: boolean }; result: { stopping: boolean; jobs: number; queued?: number } };
}

export interface DaemonNotifications {
  /** To every client: a run is new or changed. Progress (step, lastLoss) at most four times a second. */
  runChanged: RunRecord;
  /** To every client: these are no longer in the list. */
  runsRemoved: { runs: string[] };
  /** To whoever asked for the spectrum: at most 20 times a second, in order. */
  spectrumItems: { task: string; items: SpectrumItem[] };
  /** The error `daemon-stopped`: the next daemon may be asked again. */
  spectrumEnded: { task: string } & ({ result: SpectrumResult } | { error: ErrorData });
  /** To whoever opened it. */
  playgroundItem: { playground: string; item: PlaygroundItem };
  playgroundEnded: { playground: string; idle?: true; error?: ErrorData };
  /** To watchers: `next` is the line number after the last of `events`. */
  runEvents: { run: string; events: RunEvent[]; next: number };
}

export interface DaemonStatus {
  running: true;
  pid: number;
  version: string;
  protocol: number;
  /** Queued and running jobs; spectra are not counted. */
  jobs: number;
  home: string;
}
