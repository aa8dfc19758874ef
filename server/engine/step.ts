import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import type { CompiledStep, StepFunction } from './types.ts';

/**
 * A step that runs as it is written, kernel by kernel, with the rules of a compiled one: everything that `fn` makes is freed except its
 * results, no value is read back, and no random number drawn (it would be baked into a recording).
 * @throws RankwiseError `impure-step` from `run`, when `fn` breaks the rules.
 */
export function compileStep(fn: StepFunction): CompiledStep {
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

function impure(what: string): RankwiseError {
  return new RankwiseError('impure-step', `a step ${what}`, {
    kind: 'runtime',
    hint: 'This is a defect in Rankwise: values and random numbers must come in as inputs of the step.',
  });
}

/**
 * Forbids, while `run` lasts, what would make a recording wrong. tfjs reads values through its engine and seeds every generator that has
 * no explicit seed from Math.random.
 */
function guarded<T>(run: () => T): T {
  const engine = tf.engine();
  const { random } = Math;
  const refuse = (what: string) => () => {
    throw impure(what);
  };
  Math.random = refuse('draws a random number');
  engine.readSync = refuse('reads a value back');
  engine.read = refuse('reads a value back');
  try {
    return run();
  } finally {
    Math.random = random;
    // The methods of the class show again.
    const shadows = engine as Partial<Pick<typeof engine, 'readSync' | 'read'>>;
    delete shadows.readSync;
    delete shadows.read;
  }
}
