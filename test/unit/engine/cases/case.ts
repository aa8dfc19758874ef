import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { valueAndGradients } from '../../../../server/engine/index.ts';
import type { StepFunction } from '../../../../server/engine/types.ts';
import type { Values } from '../reference.ts';
import * as reference from '../reference.ts';

/** One call of an op with its judge in float64. */
export interface Case {
  name: string;
  /** Inputs with a gradient; an op without gradients has its inputs in `constants`. */
  inputs: Record<string, Values>;
  /** Inputs without a gradient. */
  constants?: Record<string, Values>;
  op(tensors: Record<string, tf.Tensor>): tf.Tensor;
  judge(inputs: Record<string, Values>): Values;
}

/** Greatest absolute difference allowed. */
export interface Tolerance {
  output: number;
  gradient: number;
}

const FLOAT32: Tolerance = { output: 2e-6, gradient: 1e-5 };

/** How a suite runs a step: as it is written, or compiled first. */
export type RunStep = (step: StepFunction, inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

export const constant = ({ data, shape }: Values): tf.Tensor => tf.tensor(Float32Array.from(data), shape);

/**
 * Fails unless, on the current backend, the op agrees with float64, its gradients with finite differences, and no tensor is left behind.
 */
export function agrees(
  { inputs, constants = {}, op, judge }: Case,
  { output, gradient }: Tolerance = FLOAT32,
  run: RunStep = (step, tensors) => step(tensors),
): void {
  const evaluate = () => judge({ ...inputs, ...constants });
  const expected = evaluate();
  const names = Object.keys(inputs);
  const direction = reference.values(expected.shape, 99);
  const step: StepFunction = ({ direction, ...tensors }) => {
    const results: Record<string, tf.Tensor> = { output: op(tensors) };
    if (names.length === 0) return results;
    const wanted = Object.fromEntries(names.map((name) => [name, tensors[name]!]));
    const loss = () => tf.sum(tf.mul(op(tensors), direction!)) as tf.Scalar;
    const { gradients } = valueAndGradients(loss, wanted);
    for (const name of names) results[`gradient of ${name}`] = gradients[name]!;
    return results;
  };
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const results = run(step, tensorsOf({ ...inputs, ...constants, direction }));
    const check = (name: string, shape: number[], values: ArrayLike<number>, tolerance: number) => {
      expect(results[name]!.shape, name).toEqual(shape);
      expectClose(results[name]!.dataSync(), values, tolerance, name);
    };
    check('output', expected.shape, expected.data, output);
    for (const [name, input] of Object.entries(inputs))
      check(`gradient of ${name}`, input.shape, reference.slope(input, direction, evaluate), gradient);
  });
  expect(tf.memory().numTensors).toBe(before);
}

const tensorsOf = (inputs: Record<string, Values>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, constant(values)]));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!), `${what}[${i}]`).toBeLessThan(tolerance);
}
