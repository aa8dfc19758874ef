import * as ops from '../../../../server/engine/ops/index.ts';
import * as reference from '../reference.ts';
import type { Case } from './case.ts';

const v = reference.values;

export const products: Case[] = [
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
