import type { Tensor } from '@tensorflow/tfjs-core';
import * as ops from '../../../../server/engine/ops/index.ts';
import * as reference from '../reference.ts';
import {
  blockDiagonal,
  butterfly,
  cayley,
  each,
  matMul,
  plus,
  polynomial,
  skew,
  transposed,
} from '../reference-adapters.ts';
import type { Case } from './case.ts';

const v = reference.values;
/** `times` scales the values, for larger and smaller angles. */
const upper = (count: number, b: number, times = 1) => {
  const { shape, data } = v([count, (b * (b - 1)) / 2], 7);
  return { shape, data: data.map((u) => Math.fround(u * times)) };
};
const cayleyCase = (name: string, count: number, b: number, times: number): Case => ({
  name: `cayley, ${name}`,
  inputs: { q: upper(count, b, times) },
  op: ({ q }) => ops.cayley(ops.skewFromUpper(q!, b)),
  judge: ({ q }) => cayley(skew(q!, b)),
});
const shared = v([1, 2, 2], 2);

export const orthogonal: Case[] = [
  {
    name: 'skewFromUpper',
    inputs: { q: upper(3, 4) },
    op: ({ q }) => ops.skewFromUpper(q!, 4),
    judge: ({ q }) => skew(q!, 4),
  },
  {
    name: 'skewPart',
    inputs: { q: v([2, 3, 3], 1) },
    op: ({ q }) => ops.skewPart(q!),
    judge: ({ q }) => each(q!, (m) => ({ shape: m.shape, data: plus(m, transposed(m), -1).data.map((u) => u / 2) })),
  },
  cayleyCase('usual angles', 3, 4, 0.5),
  cayleyCase('large angles', 2, 5, 8),
  cayleyCase('no angle', 2, 2, 0),
  cayleyCase('blocks of 16', 1, 16, 0.4),
  ...Object.entries({
    2: [1, 2],
    3: [1, 2, 2, 1],
    4: [1, 2, 2, 1],
    5: [1, 2, 2, 2, 1],
    7: [1, 2, 2, 2, 2, 2, 1],
  }).map(
    ([terms, coefficients]): Case => ({
      name: `cayleySeries, ${terms} terms`,
      inputs: { q: upper(2, 4, 0.3) },
      op: ({ q }) => ops.cayleySeries(ops.skewFromUpper(q!, 4), Number(terms)),
      judge: ({ q }) => polynomial(skew(q!, 4), coefficients),
    }),
  ),
  {
    name: 'blockRotate',
    inputs: { x: v([3, 12], 1), R: v([3, 4, 4], 2) },
    op: ({ x, R }) => ops.blockRotate(x!, R!),
    judge: ({ x, R }) => matMul(x!, blockDiagonal(R!)),
  },
  {
    name: 'blockRotate, one block for all columns',
    inputs: { x: v([3, 6], 1), R: shared },
    op: ({ x, R }) => ops.blockRotate(x!, R!),
    judge: ({ x, R }) => {
      const three = { shape: [3, 2, 2], data: Float64Array.of(...R!.data, ...R!.data, ...R!.data) };
      return matMul(x!, blockDiagonal(three));
    },
  },
  // From 8 rows on, two factors of blocks of 4 are multiplied out.
  ...(
    [
      [3, 1],
      [3, 2],
      [3, 3],
      [8, 2],
    ] as const
  ).map(
    ([rows, f]): Case => ({
      name: `butterflyRotate, rows: ${rows}, factors: ${f}`,
      inputs: { x: v([rows, 16], 1), R: v([f, 4, 4, 4], 2) },
      op: ({ x, R }: Record<string, Tensor>) => ops.butterflyRotate(x!, R!),
      judge: ({ x, R }) => matMul(x!, butterfly(R!)),
    }),
  ),
];
