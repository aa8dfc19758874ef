import type * as tf from '@tensorflow/tfjs-core';
import * as ops from '../../../../server/engine/ops/index.ts';
import type { Values } from '../reference.ts';
import * as reference from '../reference.ts';
import type { Case } from './case.ts';

const v = reference.values;

export const activations: Case[] = [
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
];
