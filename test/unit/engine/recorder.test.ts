import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileStep, valueAndGradients } from '../../../server/engine/index.ts';
import type { StepFunction } from '../../../server/engine/types.ts';
import { useBackend } from './backends.ts';
import { GRADIENTS, type Inputs } from './cases/gradients.ts';
import { agrees, CASES } from './cases/index.ts';
import { eager, kernelCases, makers } from './cases/kernels.ts';
import { values } from './reference.ts';

const compiled = (step: StepFunction, inputs: Record<string, tf.Tensor>) => {
  const executable = compileStep(step, inputs);
  try {
    return executable.run(inputs);
  } finally {
    executable.dispose();
  }
};

function expectEqual(actual: tf.Tensor, expected: tf.Tensor, tolerance = 5e-6): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  b.forEach((value, i) => {
    expect(Math.abs(a[i]! - value), `[${i}]`).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
  });
}

beforeAll(() => useBackend('onnxruntime'));

describe('recorded ops', () => {
  test.each(CASES)('$name', (each) => agrees(each, undefined, compiled));
});

describe('recorded kernels', () => {
  test.each(Object.keys(kernelCases(eager)))('%s as computed at once', (name) => {
    tf.tidy(() => {
      const inputs: Record<string, tf.Tensor> = {};
      const input = (shape: number[], seed = 1) => `${shape}/${seed}`;
      const collecting = makers((shape, seed) => {
        inputs[input(shape, seed)] = eager.t(shape, seed);
        return inputs[input(shape, seed)]!;
      });
      const expected = [kernelCases(collecting)[name]!()].flat();
      const step: StepFunction = (given) => {
        const recording = makers((shape, seed) => given[input(shape, seed)] ?? eager.t(shape, seed));
        return Object.fromEntries([kernelCases(recording)[name]!()].flat().map((y, i) => [`${i}`, y]));
      };
      const results = compiled(step, inputs);
      expected.forEach((y, i) => {
        expectEqual(results[i]!, y);
      });
    });
  });
});

describe('recorded gradients', () => {
  test.each(Object.entries(GRADIENTS))('%s', (_, f) => {
    tf.tidy(() => {
      const make = (seed: number) =>
        tf.tensor2d(
          Float32Array.from(values([2, 3], seed).data, (x) => 1 + x / 2),
          [2, 3],
        );
      const weigh = (y: tf.Tensor) => tf.mul(y, tf.tensor(Float32Array.from(values(y.shape, 3).data), y.shape));
      const step: StepFunction = ({ a, b }) => {
        const loss = () => tf.sum(weigh(f(...([a, b] as Inputs)))) as tf.Scalar;
        const { value, gradients } = valueAndGradients(loss, { a: a!, b: b! });
        return { value, ...gradients };
      };
      const inputs = { a: make(1), b: make(2) };
      const expected = step(inputs);
      for (const [name, y] of Object.entries(compiled(step, inputs))) expectEqual(y, expected[name]!);
    });
  });
});
