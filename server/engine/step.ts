import * as tf from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './onnxruntime/backend.ts';
import { Executable } from './recorder/executable.ts';
import { guarded } from './recorder/guard.ts';
import type { CompiledStep, StepFunction } from './types.ts';

/**
 * A step for inputs of the shapes and types of `example`. Where the backend can, it is recorded once and runs as one native graph; the
 * executable owns its session until disposed. Elsewhere it runs as it is written.
 * @throws RankwiseError `impure-step` when `fn` reads a value back or draws a random number, `unrecordable-kernel`.
 */
export function compileStep(fn: StepFunction, example: Record<string, tf.Tensor>): CompiledStep {
  return tf.backend() instanceof OnnxRuntimeBackend ? new Executable(fn, example) : eagerStep(fn);
}

/** A step that runs as it is written, kernel by kernel, with the rules of a compiled one; everything that it makes is freed except its results. */
export function eagerStep(fn: StepFunction): CompiledStep {
  return {
    run: (inputs) => guarded(() => owned(fn, inputs)),
    dispose: () => {},
  };
}

/** Results of their own: an input or a tensor returned twice is given out as another reference to the same data. */
function owned(fn: StepFunction, inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const results = fn(inputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tf.clone(tensor)]));
  });
}
