import type { ErrorData } from '../base/errors.ts';
import type { Pinned, RunResult } from './events.ts';

export type RunState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted';

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
  result?: RunResult;
  adapters?: { name: string; path: string }[];
  modelPath?: string;
  /** The worker that owns the directory while `running`; `startedAtTicks` guards against a reused pid. */
  worker?: { pid: number; startTime?: string };
  /** How often the run was resumed. */
  resumes: number;
  lastLoss?: number;
}
