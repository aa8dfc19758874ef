import type { ErrorData } from '../base/errors.ts';
import type { Halted, Pinned, RunResult } from './events.ts';

/** `missing`: the index names a directory that is no longer there (moved or deleted); never written to `run.json`. */
export type RunState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted' | 'missing';

/** `run.json`, written atomically and by the daemon alone; everything in it can be rebuilt from the run directory. */
export interface RunRecord {
  format: 1;
  /** Name of the run directory: `<timestamp>-<name>`. */
  id: string;
  /** Absolute path of the run directory. */
  run: string;
  name: string;
  /** Absolute path of the recipe that the run was launched from. */
  recipe: string;
  state: RunState;
  /** Method ids, joined by "+" for several adapters. */
  method: string;
  /** Name of the model's folder, for people. */
  model: string;
  /** Last optimizer step done, and how many there will be (0 until the worker knows). */
  step: number;
  totalSteps: number;
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
  error?: ErrorData;
  pinned?: Pinned;
  /** Whether the compiled steps agree with the reference, and the largest relative difference that was found. */
  check?: { outcome: 'agrees' | 'differs' | 'off'; difference?: number };
  result?: RunResult;
  adapters?: { name: string; path: string }[];
  modelPath?: string;
  /**
   * The worker that owns the directory while `running`; `startTime` guards against a reused pid. Lines of `metrics.jsonl` before
   * `fromLine` belong to earlier attempts: a `failed` there says nothing about this one. `since` is when it was started.
   */
  worker?: { pid: number; startTime?: string; fromLine?: number; since?: string };
  /** How often the run was resumed. */
  resumes: number;
  lastLoss?: number;
  /** It was trained elsewhere: by what, and the folder or file that its log is from. */
  imported?: { from: string; tool: 'transformers' };
  /** Of which sweep it is a point; also in `sweep.json`. */
  sweep?: SweepPlace;
  /** Of the last checkpoint that was written: what a resume goes on from. */
  checkpoint?: number;
  /** The last warning since it was begun or resumed that asks somebody to act (`zero-gradient`). */
  attention?: { code: string; message: string; step: number };
  /** It finished, failed or was interrupted, and nobody has told its user yet (`claimNotices`). */
  untold?: true;
  /** While `queued`: the daemon that would have begun it was stopped, and it waits for the next one. Told as the daemon ends, in no file. */
  unattended?: true;
  /** While `running`: it waits for room on a full disk (`PausedEvent`). `since`: ISO 8601, UTC. */
  paused?: { reason: 'disk-full'; path: string; since: string; needed?: number };
  /** While `running`: it has given no sign of life for long (ISO 8601, UTC) in this phase; while training, though it usually takes `usual` seconds a step. Kept in memory alone. */
  stalled?: { since: string; usual?: number; phase?: RunPhase };
  /** What it computes, where that is known; see `SubmitParams`. */
  fingerprint?: string;
  /** The run that computed it: this one has its events and results, and its adapters lie there. */
  from?: string;
  /** What people say of it; also in `run-labels.json`. Absent where they say nothing. */
  labels?: RunLabels;
  /** Of a point with halving: what it came to at each rung, from the first on. */
  rungs?: { step: number; value: number | null }[];
  /** Rungs that it has behind it; one that has come to the next one waits there, `queued`. */
  passed?: number;
  /** Halving ended it (`cancelled`). */
  halted?: Halted;
  /** It was stopped because the time of its sweep was used up (`cancelled`). */
  overBudget?: true;
  /** Of a point of a sweep with a budget: seconds that its workers have been at it since the budget was last given. */
  worked?: number;
}

/** What the worker of a run is at. */
export type RunPhase =
  | 'starting'
  | 'measuring'
  | 'loading'
  | 'decomposing'
  | 'encoding'
  | 'first step'
  | 'training'
  | 'evaluating'
  | 'sampling'
  | 'writing'
  | 'ending';

/** How a person keeps order among runs. Nothing of it changes what a run is. */
export interface RunLabels {
  /** Shown in the place of `name`. */
  title?: string;
  starred?: true;
  /** In the order in which they were given, each once. */
  tags?: string[];
  /** Out of the way: shown only where it is asked for. */
  archived?: true;
}

/** A run directory that was removed and can be put back. */
export interface TrashedRun {
  /** As it was when it was removed. */
  record: RunRecord;
  /** Where the directory lies now: `<output>/.trash/<id>`, on the same disk, so that removing and putting back copy nothing. */
  place: string;
  removedAt: string;
}

export interface SweepPlace {
  /** `<timestamp>-<name>`. */
  id: string;
  name: string;
  /** From 1. */
  point: number;
  points: number;
  /** What differs from the other points, by recipe path. */
  values: Record<string, unknown>;
  /** What the points are compared by. */
  metric?: string;
  /** Not to be taken from another run. */
  again?: true;
  /** η: at each rung the best 1/η go on. */
  halving?: number;
  /** Seconds of work that all points together may take. */
  budget?: number;
}
