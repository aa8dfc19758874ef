import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { valueAndGradients } from '../../../server/engine/index.ts';
import { BACKENDS, useBackend } from './backends.ts';
import { values } from './reference.ts';

type Inputs = [tf.Tensor, tf.Tensor];

const mask = () => tf.tensor2d([1, 0, 0, 1, 1, 0], [2, 3], 'bool');
const ids = () => tf.tensor1d([1, 1, 0], 'int32');

/** Functions of a and b, both [2, 3] with elements of 0.5 … 1.5 and none near a kink. */
const CASES: Record<string, (...inputs: Inputs) => tf.Tensor> = {
  add: (a, b) => tf.add(a, tf.sum(b, 0)),
  sub: (a, b) => tf.sub(tf.sum(a, 1, true), b),
  mul: (a, b) => tf.mul(a, tf.mean(b, 1, true)),
  div: (a, b) => tf.div(a, b),
  squaredDifference: (a, b) => tf.squaredDifference(a, b),
  maximum: (a, b) => tf.maximum(a, b),
  minimum: (a, b) => tf.minimum(a, b),
  pow: (a, b) => tf.pow(a, b),
  addN: (a, b) => tf.addN([a, b, a]),
  abs: (a, b) => tf.abs(tf.sub(a, b)),
  clipByValue: (a) => tf.clipByValue(a, 0.8, 1.2),
  cos: (a) => tf.cos(a),
  erf: (a) => tf.erf(a),
  exp: (a) => tf.exp(a),
  expm1: (a) => tf.expm1(a),
  log: (a) => tf.log(a),
  log1p: (a) => tf.log1p(a),
  neg: (a) => tf.neg(a),
  reciprocal: (a) => tf.reciprocal(a),
  relu: (a, b) => tf.relu(tf.sub(a, b)),
  rsqrt: (a) => tf.rsqrt(a),
  sigmoid: (a) => tf.sigmoid(a),
  sin: (a) => tf.sin(a),
  softplus: (a) => tf.softplus(a),
  sqrt: (a) => tf.sqrt(a),
  square: (a) => tf.square(a),
  tanh: (a) => tf.tanh(a),
  where: (a, b) => tf.where(mask(), a, b),
  'steps have no slope': (a, b) => tf.mul(a, tf.sign(tf.sub(a, b))),
  sum: (a) => tf.square(tf.sum(a, [0, 1])),
  mean: (a) => tf.square(tf.mean(a, 1)),
  max: (a) => tf.max(a, 1),
  min: (a) => tf.min(a, 0, true),
  cumsum: (a) => tf.cumsum(a, 1),
  softmax: (a) => tf.softmax(a),
  logSoftmax: (a) => tf.logSoftmax(a),
  reshape: (a) => tf.square(tf.reshape(a, [3, 2])),
  expandDims: (a, b) => tf.mul(tf.expandDims(a, 1), tf.expandDims(b, 0)),
  transpose: (a, b) => tf.mul(tf.transpose(a), tf.reshape(b, [3, 2])),
  reverse: (a, b) => tf.mul(tf.reverse(a, 1), b),
  slice: (a) => tf.square(tf.slice(a, [0, 1], [2, 2])),
  split: (a) => tf.mul(...(tf.split(a, [1, 2], 1) as Inputs)),
  concat: (a, b) => tf.square(tf.concat([a, b], 1)),
  stack: (a, b) => tf.square(tf.stack([a, b], 1)),
  unstack: (a) => tf.mul(...(tf.unstack(a, 0) as Inputs)),
  tile: (a) => tf.square(tf.tile(a, [2, 3])),
  broadcastTo: (a) => tf.square(tf.broadcastTo(tf.expandDims(a, 1), [2, 4, 3])),
  pad: (a) =>
    tf.square(
      tf.pad(a, [
        [0, 1],
        [2, 0],
      ]),
    ),
  matMul: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true),
  'matMul, first transposed': (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true, false),
  'matMul, both transposed': (a, b) => tf.matMul(a as tf.Tensor2D, tf.reshape(b, [3, 2]) as tf.Tensor2D, true, true),
  'matMul, batch stretched': (a, b) => tf.matMul(tf.stack([a, a]), tf.reshape(b, [1, 3, 2])),
  'gather, rows': (a) => tf.square(tf.gather(a, ids())),
  'gather, columns': (a) => tf.square(tf.gather(a, ids(), 1)),
  gatherND: (a) => tf.square(tf.gatherND(a, tf.tensor2d([0, 2, 1, 1], [2, 2], 'int32'))),
  scatterND: (a) => tf.square(tf.scatterND(tf.tensor2d([3, 0], [2, 1], 'int32'), a, [4, 3])),
  'a tensor used many times': (a) => tf.mul(tf.add(a, a), a),
};

const start = (seed: number) => values([2, 3], seed).data.map((x) => 1 + x / 2);

describe('gradients of tfjs kernels', () => {
  beforeAll(() => useBackend(BACKENDS[0]!));

  test.each(Object.entries(CASES))('%s', (_, f) => {
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
