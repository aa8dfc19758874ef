import * as tf from '@tensorflow/tfjs-core';
import * as ops from '../../../../server/engine/ops/index.ts';
import * as reference from '../reference.ts';
import type { Case } from './case.ts';

const v = reference.values;
const labels = [3, 0, -100, 6, 6, 2];
const ids = [4, 1, 1, 0, 4, 4];

export const rows: Case[] = [
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
];
