import type { BackendChoice, BackendName } from './backends.ts';
import type { RunState } from './runs.ts';

/** What stands in `metrics.jsonl`, one event a line, and what `rankwise run --json` prints. Times are ISO 8601 in UTC. */
export type RunEvent =
  | CalibratingEvent
  | BackendEvent
  | PreparingEvent
  | DecomposedEvent
  | EncodingEvent
  | EncodedEvent
  | ImportedEvent
  | StartedEvent
  | ResumedEvent
  | CompiledEvent
  | StepEvent
  | RanksEvent
  | EvaluationEvent
  | BestEvent
  | SampleEvent
  | CheckpointEvent
  | WarningEvent
  | FinishedEvent
  | FailedEvent
  | CancelledEvent;

/** Last line of `rankwise run --json` for a sweep; in no file. */
export interface SweepFinishedEvent {
  event: 'sweep_finished';
  time: string;
  sweep: string;
  /** What `metric` of the points is: `accuracy`, `loss`, …; null without validation data. */
  metric: string | null;
  points: {
    values: Record<string, unknown>;
    run: string;
    state: RunState;
    /** Of the trained adapter on the validation data; null where there is none. */
    metric: number | null;
    trainableParameters: number | null;
    seconds: number | null;
    /** The run that it was taken from. */
    from?: string;
  }[];
}

interface Base {
  time: string;
}
/** A step is about to be measured on each of these backends; once for this machine and a recipe like this. */
export interface CalibratingEvent extends Base {
  event: 'calibrating';
  run: string;
  candidates: { backend: BackendName; device?: string }[];
}
/** What `training.backend: auto` came to, told after `started`. */
export interface BackendEvent extends Base, BackendChoice {
  event: 'backend';
}
/** Matrices are decomposed for the adapters to start from; at most one a second, none where all are kept from before. */
export interface PreparingEvent extends Base {
  event: 'preparing';
  run: string;
  done: number;
  total: number;
  remainingSeconds?: number;
}
/** What the method started from, and how well it holds: the worst of all matrices. */
export interface DecomposedEvent extends Base {
  event: 'decomposed';
  run: string;
  matrices: number;
  cached: number;
  /** ‖W − U·diag(s)·Vᵀ‖_F / ‖W‖_F; of truncated ones, that of the approximation. */
  residual: number;
  orthogonality: number;
  truncation?: { rank: number; oversampling: number; iterations: number };
  /** The weights were decomposed as `model.dtype` rounds them. */
  held?: string;
}
/** Rows of the data become tokens; at most one a second, none where they are kept from before. */
export interface EncodingEvent extends Base {
  event: 'encoding';
  run: string;
  part: 'training' | 'validation';
  rows: number;
  /** Of the data files, read and in all. */
  bytes: number;
  totalBytes: number;
  remainingSeconds?: number;
}
/** What the data came to, told after `started` or `resumed`, once for each set of files. */
export interface EncodedEvent extends Base {
  event: 'encoded';
  part: 'training' | 'validation';
  /** Rows of the files, and examples that came of them. */
  rows: number;
  examples: number;
  /** Of these, the fraction that `data.validation` takes away. */
  heldBack?: number;
  /** 0 where rows are images. */
  tokens: number;
  /** With `data.packing`: the rows that the examples were put into. */
  packedRows?: number;
  /** The tokens were there from an earlier run. */
  cached: boolean;
  seconds: number;
}
/**
 * In the place of `started`: the run was trained by another tool, whose log this is. Numbers of later events that the log does not have are absent, and NaN
 * and infinities are null.
 */
export interface ImportedEvent extends Base {
  event: 'imported';
  run: string;
  from: string;
  tool: 'transformers';
  totalSteps: number;
  trainableParameters?: number;
  allParameters?: number;
}
export interface StartedEvent extends Base {
  event: 'started';
  run: string;
  totalSteps: number;
  trainableParameters: number;
  allParameters: number;
  pinned: Pinned;
}
/** Steps after `step` that stand earlier in the file were lost with the interruption and are to be ignored. */
export interface ResumedEvent extends Base {
  event: 'resumed';
  step: number;
  pinned: Pinned;
}
/** A part of the run was compiled for one more padded length. */
export interface CompiledEvent extends Base {
  event: 'compiled';
  /** Optimizer steps done before. */
  step: number;
  part: 'training' | 'evaluation';
  /** Nodes of the graph. */
  nodes: number;
  seconds: number;
  /** Floating-point operations of a run's matrix products. */
  flops: number;
  /** With gradient checkpointing, once for a part: how many of them it adds, as a part of those without it. */
  recomputed?: number;
  /**
   * How it was compared with the reference: on a short `slice`, on the `whole` batch, not again because all of it was `known`; `off`; or it
   * `differs` and is not used.
   */
  check: 'slice' | 'whole' | 'known' | 'off' | 'differs';
  /** Largest relative difference where it was compared. */
  difference?: number;
}
export interface StepEvent extends Base {
  event: 'step';
  /** Optimizer step, from 1. */
  step: number;
  /** Fractional epochs done after this step. */
  epoch: number;
  /** Token mean (example mean for classifiers) over the accumulated batch before the update. */
  loss: number;
  learning_rate: number;
  /** L2 norm of all gradients together, before clipping. */
  grad_norm: number;
  tokens: number;
  tokens_per_second: number;
  step_seconds: number;
  memory_bytes: number;
}
/** A method that allocates ranks (AdaLoRA) gave its matrices others: before the first step, and after each step that changed some. */
export interface RanksEvent extends Base {
  event: 'ranks';
  step: number;
  /** All ranks together. */
  budget: number;
  /** Module names: in the first such event of each process that trains the run, later ones mean the same. */
  matrices?: string[];
  /** Of each matrix, in the order of `matrices`. */
  ranks: number[];
}
export interface EvaluationEvent extends Base {
  event: 'evaluation';
  step: number;
  loss: number;
  /** accuracy, perplexity, … (metrics/metrics.ts) */
  metrics: Record<string, number>;
}
/** The evaluation at this step is the best so far, by the metric that the recipe goes by; its checkpoint is kept. */
export interface BestEvent extends Base {
  event: 'best';
  step: number;
  metric: string;
  value: number;
}
export interface SampleEvent extends Base {
  event: 'sample';
  step: number;
  prompt: string;
  text: string;
}
export interface CheckpointEvent extends Base {
  event: 'checkpoint';
  step: number;
  path: string;
}
export interface WarningEvent extends Base, DataWarning {
  event: 'warning';
  step: number;
}
/** What is told of data, once for all of its rows. */
export interface DataWarning {
  code: string;
  message: string;
}
export interface FinishedEvent extends Base {
  event: 'finished';
  step: number;
  run: string;
  /** The adapters written (PEFT folders), or the model folder for `full`. */
  adapters?: { name: string; path: string }[];
  model?: string;
  result: RunResult;
}
export interface FailedEvent extends Base {
  event: 'failed';
  step: number;
  run: string;
  code: string;
  message: string;
  hint?: string;
}
export interface CancelledEvent extends Base {
  event: 'cancelled';
  step: number;
  run: string;
}

/** The table at the end of a run. Losses are undefined without validation data. */
export interface RunResult {
  trainableParameters: number;
  allParameters: number;
  /** As PEFT reports it: 100 · trainable / all. */
  percent: number;
  adapterBytes: number;
  seconds: number;
  base?: { loss: number; metrics: Record<string, number> };
  /** Of the step that the result is: the last one, or the best. */
  adapted?: { loss: number; metrics: Record<string, number> };
  /** Where the recipe asks for the best step: which one the result is, and by what. */
  best?: { step: number; metric: string; value: number };
  /** Training ended before its last step. */
  stopped?: { step: number; reason: string };
}

/** What resume must find unchanged for a bit-identical continuation. */
export interface Pinned {
  backend: string;
  provider: string;
  threads: number;
  dtype: string;
  versions: Record<string, string>;
}
