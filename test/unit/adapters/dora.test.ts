/** What DoRA has of its own: the norm is a constant in the gradient, and dropout leaves the base's product alone. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { dora } from '../../../server/adapters/dora.ts';
import { plusProduct } from '../../../server/adapters/factors.ts';
import type { HostTensor } from '../../../server/base/tensor.ts';
import { fromHost, startEngine, valueAndGradients } from '../../../server/engine/index.ts';
import { linear } from '../../../server/engine/ops/index.ts';
import { largestDifference } from '../models/tiny.ts';

beforeAll(() => startEngine());

const [m, n, rank] = [6, 8, 2];
const wave = (shape: number[], by: number): HostTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(by * (i + 1))),
});
const settings = { rank, alpha: 3, options: { dropout: 0.5 } };
const [w, x] = [wave([m, n], 0.7), wave([4, n], 1.3)];
const start = { A: wave([rank, n], 0.3), B: wave([m, rank], 2.1), magnitude: wave([m], 1.9) };

function forward(tensors: Record<string, tf.Tensor>, mask?: tf.Tensor): tf.Tensor {
  const weight = fromHost(w);
  return dora.forward(fromHost(x), {
    base: (rows) => linear(rows, weight),
    weight: () => weight,
    tensors,
    settings,
    random: () => mask,
  });
}

const norms = ({ A, B }: Record<'A' | 'B', HostTensor>): number[] => {
  const { data } = plusProduct(w, B, A, settings.alpha / rank);
  return Array.from({ length: m }, (_, i) => Math.hypot(...data.subarray(i * n, (i + 1) * n)));
};

test.each(['A', 'B'] as const)('the gradient of %s is that with the norm held', (name) => {
  const fixed = Object.fromEntries(Object.entries(start).map(([key, tensor]) => [key, fromHost(tensor)]));
  const sum = (tensors: Record<string, tf.Tensor>) => tf.sum(tf.square(forward(tensors))) as tf.Scalar;
  const gradient = valueAndGradients(() => sum(fixed), { [name]: fixed[name]! }).gradients[name]!.dataSync();
  const before = norms(start);
  for (const at of [0, 3, 7]) {
    const step = 1e-2;
    const lossAt = (sign: number) => {
      const { shape, data } = start[name];
      const moved = {
        ...start,
        [name]: { shape, data: data.map((value, i) => (i === at ? value + sign * step : value)) },
      };
      const after = norms(moved);
      const magnitude = start.magnitude.data.map((value, i) => (value * after[i]!) / before[i]!);
      return sum({ ...fixed, [name]: fromHost(moved[name]), magnitude: tf.tensor(magnitude) }).dataSync()[0]!;
    };
    expect((lossAt(1) - lossAt(-1)) / (2 * step) / gradient[at]!).toBeCloseTo(1, 2);
  }
});

test('dropout zeroes what A and the norms see, and not what W sees', () => {
  const tensors = Object.fromEntries(Object.entries(start).map(([key, tensor]) => [key, fromHost(tensor)]));
  const nothing = forward(tensors, tf.zeros([4, n]));
  expect(largestDifference(nothing.dataSync(), linear(fromHost(x), fromHost(w)).dataSync())).toBeLessThan(1e-6);
  const kept = forward(tensors, tf.ones([4, n])).dataSync();
  expect(largestDifference(kept, forward(tensors).dataSync())).toBeGreaterThan(0.1);
});
