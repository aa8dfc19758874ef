import * as ops from '../../../../server/engine/ops/index.ts';
import type { Values } from '../reference.ts';
import * as reference from '../reference.ts';
import { diag, identity, plus, product, rowNorms } from '../reference-adapters.ts';
import type { Case } from './case.ts';

const v = reference.values;
const base = v([4, 5], 1);
const x = v([4, 6], 2);
const A = v([3, 6], 3);
const B = v([5, 3], 4);
const ones = (length: number): Values => ({ shape: [length], data: new Float64Array(length).fill(1) });

const chainCase = (method: string, inputs: Record<string, Values>, constants: Record<string, Values>): Case => ({
  name: `lowRank as ${method}`,
  inputs,
  constants,
  op: ({ base, x, ...factors }) => ops.lowRank(base!, x!, factors as unknown as ops.LowRankFactors, 0.7),
  judge: ({ base, x, A, hidden = ones(3), R = identity(3), B, rows = ones(5) }) =>
    plus(base!, reference.linear(x!, product(diag(rows), B!, R, diag(hidden), A!)), 0.7),
});

export const lowRank: Case[] = [
  chainCase('LoRA', { base, x, A, B }, {}),
  chainCase('LoRA-XS', { base, x, R: v([3, 3], 5) }, { A, B }),
  chainCase('AdaLoRA', { base, x, A, B, hidden: v([3, 1], 5) }, {}),
  chainCase('VeRA', { base, x, hidden: v([3], 5), rows: v([5], 6) }, { A, B }),
  chainCase('Tied-LoRA', { base, x, A, B, hidden: v([3], 5), rows: v([5], 6) }, {}),
  {
    name: 'rowNorms',
    inputs: {},
    constants: { weight: v([5, 6], 1), A, B },
    op: ({ weight, A, B }) => ops.rowNorms(weight!, A!, B!, 0.7),
    judge: ({ weight, A, B }) => rowNorms(plus(weight!, product(B!, A!), 0.7)),
  },
  {
    name: 'rowNorms of updates that take most of the weight away',
    inputs: {},
    constants: { weight: plus({ shape: [5, 6], data: new Float64Array(30) }, product(B, A), -0.8), A, B },
    op: ({ weight, A, B }) => ops.rowNorms(weight!, A!, B!, 1),
    judge: ({ weight, A, B }) => rowNorms(plus(weight!, product(B!, A!))),
  },
  {
    name: 'dropout',
    inputs: { x: v([4, 6], 1) },
    constants: { draws: { shape: [4, 6], data: v([4, 6], 2).data.map((u) => (u + 1) / 2) } },
    op: ({ x, draws }) => ops.dropout(x!, draws!, 0.25),
    judge: ({ x, draws }) => ({ shape: [4, 6], data: x!.data.map((u, i) => (draws!.data[i]! < 0.25 ? 0 : u / 0.75)) }),
  },
];
