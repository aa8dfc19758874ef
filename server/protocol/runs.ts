import type { ErrorData } from '../base/errors.ts';
import type { Pinned, RunResult } from './events.ts';

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
   * `fromLine` belong to earlier attempts: a `failed` there says nothing about this one.
   */
  worker?: { pid: number; startTime?: string; fromLine?: number };
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
  /** While `running`: it waits for room on a full disk (`PausedEvent`). `since`: ISO 8601, UTC. */
  paused?: { reason: 'disk-full'; path: string; since: string; needed?: number };
  /** While `running`: it has said nothing for long (ISO 8601, UTC), though it usually takes `usual` seconds a step. Kept in memory alone. */
  stalled?: { since: string; usual: number };
  /** What it computes, where that is known; see `SubmitParams`. */
  fingerprint?: string;
  /** The run that computed it: this one has its events and results, and its adapters lie there. */
  from?: string;
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
}
