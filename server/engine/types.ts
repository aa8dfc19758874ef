import type { Tensor } from '@tensorflow/tfjs-core';
import type { BackendReport } from '../protocol/jobs.ts';

/** What a recipe may name as `training.backend`, besides `auto`. */
export type BackendName = BackendReport['name'];

export interface EngineOptions {
  backend: BackendName;
  /** Threads of the native kernels; pinned in run.json because sums depend on how work is cut. */
  threads: number;
  /** Where optional backends are installed, one folder each; without it only what ships with Rankwise can start. */
  installed?: string;
}

export interface Capabilities {
  backend: BackendName;
  /** What of the backend executes: `cpu`, `webgpu`, `cuda`. */
  provider: string;
  /** The GPU or processor, where the backend tells. */
  device?: string;
  threads: number;
  /** Package versions that results depend on. */
  versions: Record<string, string>;
}

/**
 * A training, evaluation or generation step: a pure function of tensors. It reads no value back and draws no random number, so
 * that it can be recorded once and run as one native graph (docs/ENGINE.md).
 */
export type StepFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

export interface CompiledStep {
  /** The caller owns and disposes the returned tensors; inputs stay the caller's. */
  run(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}

/** Whether compiled steps are compared with the step as it is written, `training.check`. */
export interface StepCheck {
  mode: 'auto' | 'full' | 'off';
  /** Short inputs of the same step, at most 16 tokens: for `auto`. What is no tensor of `inputs` is disposed after use. */
  slice(inputs: Record<string, Tensor>): Record<string, Tensor>;
}

/** One way to compute, a folder of the engine each. */
export interface Backend {
  name: BackendName;
  /** Makes its tfjs backend the current one. Throws RankwiseError `backend-unavailable` with the next step as its hint. */
  start(options: EngineOptions): Promise<Capabilities>;
  /** Whether starting it is worth a try, by a look at files alone: nothing is loaded or started. */
  present(options: Pick<EngineOptions, 'installed'>): boolean;
  /** Starts it for real (in a process of its own where that may take this one down) and says how it went; never throws. */
  report(options: Pick<EngineOptions, 'installed'>): Promise<BackendReport>;
}
