import * as ops from '../../../../server/engine/ops/index.ts';
import * as reference from '../reference.ts';
import type { Case } from './case.ts';

const v = reference.values;

export const norms: Case[] = [
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
];
