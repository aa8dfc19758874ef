import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { valueAndGradients } from '../../../server/engine/index.ts';
import { BACKENDS, useBackend } from './backends.ts';
import { GRADIENTS, type Inputs } from './cases/gradients.ts';
import { values } from './reference.ts';

const start = (seed: number) => values([2, 3], seed).data.map((x) => 1 + x / 2);

describe('gradients of tfjs kernels', () => {
  beforeAll(() => useBackend(BACKENDS[0]!));

  test.each(Object.entries(GRADIENTS))('%s', (_, f) => {
    const before = tf.memory().numTensors;
    const inputs = [start(1), start(2)];
    const tensors = () => inputs.map((x) => tf.tensor2d(Float32Array.from(x), [2, 3])) as Inputs;
    const weigh = (y: tf.Tensor) => tf.mul(y, tf.tensor(Float32Array.from(values(y.shape, 3).data), y.shape));
    const total = () => tf.tidy(() => tf.sum(weigh(f(...tensors()))).dataSync()[0]!);
    tf.tidy(() => {
      const [a, b] = tensors();
      const { gradients } = valueAndGradients(() => tf.sum(weigh(f(a, b))) as tf.Scalar, { a, b });
      inputs.forEach((input, which) => {
        const actual = (which === 0 ? gradients.a : gradients.b).dataSync();
        input.forEach((original, i) => {
          const step = 1e-2;
          input[i] = original + step;
          const above = total();
          input[i] = original - step;
          const below = total();
          input[i] = original;
          expect(actual[i], `input ${which}, element ${i}`).toBeCloseTo((above - below) / (2 * step), 2);
        });
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('what the loss does not depend on gets zeros', () => {
    tf.tidy(() => {
      const [a, b] = [tf.ones([2]), tf.ones([3])];
      const { value, gradients } = valueAndGradients(() => tf.sum(a) as tf.Scalar, { a, b });
      expect(value.dataSync()[0]).toBe(2);
      expect(Array.from(gradients.b.dataSync())).toEqual([0, 0, 0]);
    });
  });

  test('a loss that throws leaves no tensor behind', () => {
    const x = tf.ones([4]);
    const before = tf.memory().numTensors;
    const loss = () => {
      tf.exp(tf.square(x));
      throw new Error('stop');
    };
    expect(() => valueAndGradients(loss, { x })).toThrow('stop');
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });

  test('activations go as soon as the backward pass has used them', () => {
    const x = tf.ones([1000]);
    let peak = 0;
    const { value, gradients } = valueAndGradients(
      () => {
        let y: tf.Tensor = x;
        for (let i = 0; i < 10; i++) y = tf.mul(tf.exp(y), 1e-3);
        peak = tf.memory().numBytes;
        return tf.sum(y) as tf.Scalar;
      },
      { x },
    );
    const after = tf.memory().numBytes;
    expect(after).toBeLessThan(peak / 2);
    tf.dispose([x, value, gradients]);
  });
});
