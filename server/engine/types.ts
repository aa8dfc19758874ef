import type { Tensor } from '@tensorflow/tfjs-core';

export interface EngineOptions {
  /** Threads of the native kernels; pinned in run.json because sums depend on how work is cut. */
  threads: number;
}

export interface Capabilities {
  backend: string;
  provider: string;
  threads: number;
  /** Package versions that results depend on. */
  versions: Record<string, string>;
}

/**
 * A training, evaluation or generation step: a pure function of tensors. It reads no value back and draws no random number, so
 * that it can be recorded once and compiled (DESIGN §6); today `compileStep` returns a plain eager call.
 */
export type StepFunction = (inputs: Record<string, Tensor>) => Record<string, Tensor>;

export interface CompiledStep {
  /** The caller owns and disposes the returned tensors; inputs stay the caller's. */
  run(inputs: Record<string, Tensor>): Record<string, Tensor>;
  dispose(): void;
}
