import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { valueAndGradients } from '../../../server/engine/index.ts';
import * as ops from '../../../server/engine/ops/index.ts';
import { BACKENDS, useBackend } from './backends.ts';
import type { Values } from './reference.ts';
import * as reference from './reference.ts';

interface Case {
  name: string;
  /** Inputs with a gradient. */
  inputs: Record<string, Values>;
  op(tensors: Record<string, tf.Tensor>): tf.Tensor;
  judge(inputs: Record<string, Values>): Values;
}

const v = reference.values;
const constant = ({ data, shape }: Values) => tf.tensor(Float32Array.from(data), shape);
const cos = v([5, 3], 20);
const sin = v([5, 3], 21);
const batchCos = v([2, 5, 4], 22);
const batchSin = v([2, 5, 4], 23);
const labels = [3, 0, -100, 6, 6, 2];
const ids = [4, 1, 1, 0, 4, 4];

const causal: Values = {
  shape: [1, 1, 6, 6],
  data: Float64Array.from({ length: 36 }, (_, i) => (i % 6 > Math.floor(i / 6) ? -1e9 : 0)),
};

const attentionCase = (name: string, heads: number, kvHeads: number, bias: Values): Case => ({
  name: `attention, ${name}`,
  inputs: { q: v([2, heads, 6, 4], 1), k: v([2, kvHeads, 6, 4], 2), v: v([2, kvHeads, 6, 4], 3) },
  op: ({ q, k, v }) => ops.attention(q!, k!, v!, constant(bias), 0.7),
  judge: ({ q, k, v }) => reference.attention(q!, k!, v!, bias, 0.7),
});

const CASES: Case[] = [
  {
    name: 'rmsNorm',
    inputs: { x: v([2, 3, 8], 1), weight: v([8], 2) },
    op: ({ x, weight }) => ops.rmsNorm(x!, weight!, 1e-2),
    judge: ({ x, weight }) => reference.rmsNorm(x!, weight!, 1e-2),
  },
  {
    name: 'layerNorm',
    inputs: { x: v([2, 3, 8], 1), weight: v([8], 2), bias: v([8], 3) },
    op: ({ x, weight, bias }) => ops.layerNorm(x!, weight!, bias!, 1e-2),
    judge: ({ x, weight, bias }) => reference.layerNorm(x!, weight!, bias!, 1e-2),
  },
  ...(['erf', 'tanh'] as const).map((form) => ({
    name: `gelu ${form}`,
    inputs: { x: { shape: [3, 7], data: v([3, 7], 1).data.map((x) => x * 3) } },
    op: ({ x }: Record<string, tf.Tensor>) => ops.gelu(x!, form),
    judge: ({ x }: Record<string, Values>) => reference.gelu(x!, form),
  })),
  {
    name: 'siluGate',
    inputs: { gate: v([4, 6], 1), up: v([4, 6], 2) },
    op: ({ gate, up }) => ops.siluGate(gate!, up!),
    judge: ({ gate, up }) => reference.siluGate(gate!, up!),
  },
  {
    name: 'rotary, one table, partial',
    inputs: { x: v([2, 2, 5, 8], 1) },
    op: ({ x }) => ops.rotary(x!, constant(cos), constant(sin)),
    judge: ({ x }) => reference.rotary(x!, cos, sin),
  },
  {
    name: 'rotary, a table per batch item',
    inputs: { x: v([2, 2, 5, 8], 1) },
    op: ({ x }) => ops.rotary(x!, constant(batchCos), constant(batchSin)),
    judge: ({ x }) => reference.rotary(x!, batchCos, batchSin),
  },
  attentionCase('causal', 2, 2, causal),
  attentionCase('grouped queries', 4, 2, causal),
  attentionCase('grouped queries, a bias per head', 4, 2, v([1, 4, 6, 6], 9)),
  attentionCase('padding mask per item', 2, 1, v([2, 1, 1, 6], 9)),
  {
    name: 'crossEntropy with ignored rows',
    inputs: { logits: v([6, 7], 1) },
    op: ({ logits }) => ops.crossEntropy(logits!, tf.tensor1d(labels, 'int32')),
    judge: ({ logits }) => reference.crossEntropy(logits!, labels, -100),
  },
  {
    name: 'embedding, rows used twice',
    inputs: { weight: v([5, 3], 1) },
    op: ({ weight }) => ops.embedding(weight!, tf.tensor2d(ids, [2, 3], 'int32')),
    judge: ({ weight }) => reference.embedding(weight!, ids, [2, 3]),
  },
  {
    name: 'linear',
    inputs: { x: v([2, 3, 4], 1), weight: v([5, 4], 2) },
    op: ({ x, weight }) => ops.linear(x!, weight!),
    judge: ({ x, weight }) => reference.linear(x!, weight!),
  },
  {
    name: 'addLinear',
    inputs: { base: v([3, 5], 1), x: v([3, 4], 2), weight: v([5, 4], 3) },
    op: ({ base, x, weight }) => ops.addLinear(base!, x!, weight!, 1.5),
    judge: ({ base, x, weight }) => {
      const product = reference.linear(x!, weight!);
      return { shape: base!.shape, data: base!.data.map((value, i) => value + 1.5 * product.data[i]!) };
    },
  },
];

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!), `${what}[${i}]`).toBeLessThan(tolerance);
}

describe.each(BACKENDS)('ops on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(CASES)('$name agrees with float64 and its gradients with finite differences', ({ inputs, op, judge }) => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, constant(values)]));
      const expected = judge(inputs);
      const output = op(tensors);
      expect(output.shape).toEqual(expected.shape);
      expectClose(output.dataSync(), expected.data, 2e-6, 'output');

      const direction = v(expected.shape, 99);
      const weights = constant(direction);
      const { gradients } = valueAndGradients(() => tf.sum(tf.mul(op(tensors), weights)) as tf.Scalar, tensors);
      for (const [name, input] of Object.entries(inputs)) {
        expect(gradients[name]!.shape).toEqual(input.shape);
        const slopes = reference.slope(input, direction, () => judge(inputs));
        expectClose(gradients[name]!.dataSync(), slopes, 1e-5, `gradient of ${name}`);
      }
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
