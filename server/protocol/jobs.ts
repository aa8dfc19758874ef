/** What a worker process is told on its IPC channel and what it says back. One job per process. */
import type { ErrorData } from '../base/errors.ts';
import type { AdapterResult, AdapterTask, Combine, Planned, WeightedAdapter } from './adapters.ts';
import type { BackendChoice, BackendName } from './backends.ts';
import type { RunEvent } from './events.ts';
import type { Generated, GenerationSettings, PlaygroundAsk, PlaygroundItem, PlaygroundParams } from './generation.ts';
import type { InspectParams, InspectResult } from './inspect.ts';
import type { PreviewParams, PreviewResult } from './preview.ts';
import type { SpectrumItem, SpectrumParams, SpectrumResult } from './spectrum.ts';

/** The rungs that a point of a sweep has before it: at the first of them it stops. */
export interface Until {
  /** Number of the first one. */
  rung: number;
  /** Of each: it lies at this part of all steps, one divided by the number. */
  divisors: number[];
  /** What the points are compared by. */
  metric: string;
}

export interface Jobs {
  /** Trains (or goes on with) the run in a directory that holds `recipe.peft`; answers with events, appended to metrics.jsonl first. */
  train: {
    params: { run: string; resume: boolean; allowDifferentBackend?: boolean; backend?: BackendName; until?: Until };
    result: null;
  };
  forward: {
    params: { model: string; inputFile: string; adapter?: string; backend?: BackendName };
    result: { logits: unknown[]; shape: number[] };
  };
  generate: {
    params: {
      model: string;
      adapter?: string;
      prompts: string[];
      settings: GenerationSettings;
      backend?: BackendName;
    };
    /** `prompt`: its index. A text comes in parts, then its end. */
    item: { type: 'text'; prompt: number; text: string } | { type: 'ended'; prompt: number; generated: Generated };
    result: { texts: Generated[] };
  };
  /** Models that stay loaded until the job is cancelled, and write as often as they are asked. */
  playground: { params: PlaygroundParams; ask: PlaygroundAsk; item: PlaygroundItem; result: null };
  merge: {
    params: { adapter: string; output: string; model?: string; backend?: BackendName };
    result: AdapterResult;
  };
  /** Adapters as saved, with the factors that they share; or as plain LoRA: one in `output`, several in folders of their names below it. */
  export: {
    params: {
      adapter: string;
      output: string;
      format: 'peft' | 'lora';
      model?: string;
      rank?: number;
      energy?: number;
    };
    result: AdapterResult;
  };
  /** One adapter of the weighted sum of the changes that others make to the same base. */
  compose: {
    params: {
      sources: WeightedAdapter[];
      output: string;
      model?: string;
      combine?: Combine;
      rank?: number;
      energy?: number;
    };
    result: AdapterResult & { method: string };
  };
  /** What each task would make; loads no engine and reads no weights. */
  plan: { params: { tasks: AdapterTask[] }; result: { plans: Planned[] } };
  /** Reads data and tokenizer; loads no engine and reads no weights. */
  preview: { params: PreviewParams; result: PreviewResult };
  /** Reads an adapter's files and its base's headers; loads no engine. */
  inspect: { params: InspectParams; result: InspectResult };
  evaluate: {
    /** With `generate` no loss is computed: the prompts of the data are gone on from, greedily, and the texts are scored. */
    params: {
      run: string;
      data: string | string[];
      /** In place of the recipe's `data.columns`. */
      columns?: Record<string, string>;
      backend?: BackendName;
      generate?: { maxNewTokens: number };
    };
    item: { done: number; total: number };
    result: { loss?: number; metrics: Record<string, number>; answers?: { text: string; expected: string }[] };
  };
  /** Seconds of a training step of a resolved recipe with rows of that shape, on one backend. */
  calibrate: {
    params: { recipeText: string; backend: BackendName; threads?: number; shape: { rows: number; length: number } };
    result: { seconds: number };
  };
  /** What `auto` comes to for a resolved recipe; measured anew, the chunks naming what is measured. */
  choose: { params: { recipeText: string }; result: BackendChoice };
  spectrum: { params: SpectrumParams; item: SpectrumItem; result: SpectrumResult };
  /** What can start here, of what is in the folder `installed` (default: the home's); never fails. */
  doctor: { params: { installed?: string; only?: BackendName }; result: { backends: BackendReport[] } };
}
export type JobName = keyof Jobs;
/** Parts of an answer as they come. */
export type JobItem<K extends JobName> = Jobs[K] extends { item: infer Item } ? Item : never;

/** What a job is asked while it runs. */
export type JobAsk<K extends JobName> = Jobs[K] extends { ask: infer Ask } ? Ask : never;

export interface BackendReport {
  name: BackendName;
  available: boolean;
  version?: string;
  /** The GPU or the processor that it computes on. */
  device?: string;
  /** The device is software on the processor: for tests, never to be chosen automatically. */
  software?: boolean;
  reason?: string;
  fix?: string;
}

export type ToWorker =
  | { type: 'job'; [key: string]: unknown; job: JobName; params: unknown }
  | { type: 'ask'; ask: unknown }
  /** Stop at the next step boundary, with a checkpoint. */
  | { type: 'cancel' };

export type FromWorker =
  | { type: 'event'; event: RunEvent }
  /** What the job is about at this moment, in words; of training: `training`, `evaluating` or `writing`. */
  | { type: 'chunk'; text: string }
  | { type: 'item'; item: unknown }
  | { type: 'result'; result: unknown }
  | { type: 'error'; error: ErrorData };
