import * as ops from '../../../../server/engine/ops/index.ts';
import type { Values } from '../reference.ts';
import * as reference from '../reference.ts';
import { type Case, constant } from './case.ts';

const v = reference.values;
const cos = v([5, 3], 20);
const sin = v([5, 3], 21);
const batchCos = v([2, 5, 4], 22);
const batchSin = v([2, 5, 4], 23);

const causal: Values = {
  shape: [1, 1, 6, 6],
  data: Float64Array.from({ length: 36 }, (_, i) => (i % 6 > Math.floor(i / 6) ? -1e9 : 0)),
};

const attentionCase = (name: string, heads: number, kvHeads: number, bias: Values, cap = 0): Case => ({
  name: `attention, ${name}`,
  inputs: { q: v([2, heads, 6, 4], 1), k: v([2, kvHeads, 6, 4], 2), v: v([2, kvHeads, 6, 4], 3) },
  op: ({ q, k, v }) => ops.attention(q!, k!, v!, constant(bias), 0.7, cap),
  judge: ({ q, k, v }) => reference.attention(q!, k!, v!, bias, 0.7, cap),
});

const paddedLast = (batch: number, time: number): Values => ({
  shape: [batch, 1, 1, time],
  data: Float64Array.from({ length: batch * time }, (_, i) => (i === batch * time - 1 && time > 1 ? -1e9 : 0)),
});

const relativeCase = (time: number, bias = paddedLast(2, time)): Case => ({
  name: `relative attention, ${time} tokens, mask [${bias.shape}]`,
  inputs: {
    q: v([2, 2, time, 3], 1),
    k: v([2, 2, time, 3], 2),
    v: v([2, 2, time, 3], 3),
    keys: v([2, 2 * time - 1, 3], 4),
    queries: v([2, 2 * time - 1, 3], 5),
  },
  op: ({ q, k, v, keys, queries }) =>
    ops.relativeAttention(q!, k!, v!, { keys: keys!, queries: queries! }, constant(bias), 0.7),
  judge: (inputs) => reference.relativeAttention(inputs as never, bias, 0.7),
});

export const positions: Case[] = [
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
  attentionCase('capped scores', 4, 2, causal, 0.4),
  ...[1, 2, 5].map((time) => relativeCase(time)),
  relativeCase(6, causal),
];
