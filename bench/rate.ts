import * as tf from '@tensorflow/tfjs-core';
import { compileStep } from '../server/engine/index.ts';
import { linear } from '../server/engine/ops/index.ts';

const ROUNDS = 15;

/** Floating-point operations per second of one product of a layer, x [rows, n] by W [m, n]: what a step would reach if it were nothing else. */
export function productRate(rows: number, n: number, m: number): number {
  const inputs = { x: tf.randomNormal([rows, n], 0, 1, 'float32', 1), w: tf.randomNormal([m, n], 0, 1, 'float32', 2) };
  const step = compileStep(({ x, w }) => ({ y: linear(x!, w!) }), inputs);
  const seconds = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    tf.dispose(step.run(inputs));
    return (performance.now() - began) / 1000;
  }).sort((a, b) => a - b);
  step.dispose();
  tf.dispose(inputs);
  return (2 * rows * n * m) / seconds[Math.floor(ROUNDS / 2)]!;
}
