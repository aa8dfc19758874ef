import * as tf from '@tensorflow/tfjs-core';
import { impure } from './symbolic.ts';

/**
 * Forbids, while `run` lasts, what would make a recording wrong. tfjs reads values through its engine and seeds every generator that has
 * no explicit seed from Math.random.
 * @throws RankwiseError `impure-step`.
 */
export function guarded<T>(run: () => T): T {
  const engine = tf.engine();
  const { random } = Math;
  const refuse = (what: string, instead: string) => () => {
    throw impure(what, instead);
  };
  Math.random = refuse(
    'draws a random number',
    'it would be the same in every run. Draw it outside and pass it as an input of the step (`randomInputs`).',
  );
  engine.readSync = refuse(
    'reads a value back',
    'there is none before the step has run. Pass what it decides by as an input of the step, or return it as a result.',
  );
  engine.read = engine.readSync as unknown as typeof engine.read;
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
