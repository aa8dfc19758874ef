import * as tf from '@tensorflow/tfjs-core';
import * as ops from '../../../../server/engine/ops/index.ts';
import type { Values } from '../reference.ts';
import * as reference from '../reference.ts';
import { diag, product, sparse } from '../reference-adapters.ts';
import type { Case } from './case.ts';

const v = reference.values;
const small = (shape: number[], seed: number): Values => {
  const values = v(shape, seed);
  return { shape, data: values.data.map((u) => Math.fround(u / 4)) };
};

interface Shape {
  rows: number;
  m: number;
  n: number;
  k: number;
}
/** Many rows: the weight is formed; few: x goes through the factors. */
const MANY: Shape = { rows: 24, m: 4, n: 5, k: 4 };
const FEW: Shape = { rows: 3, m: 6, n: 5, k: 5 };
/** k large enough for a band to be multiplied by blocks, and no multiple of their size. */
const WIDE: Shape = { rows: 2, m: 3, n: 4, k: 133 };
const WIDE_MANY: Shape = { rows: 9, m: 3, n: 2, k: 133 };

const factorsOf = ({ m, n, k }: Shape) => ({ U: small([m, k], 2), S: small([k], 3), Vt: small([k, n], 4) });

function svftCase(name: string, shape: Shape, places: Int32Array, pattern: (k: number) => ops.SvftPattern): Case {
  return {
    name: `svft, ${name}`,
    inputs: { x: small([shape.rows, shape.n], 1), values: small([places.length / 2], 5) },
    constants: factorsOf(shape),
    op: ({ x, values, U, S, Vt }) => ops.svft(x!, { U: U!, S: S!, Vt: Vt! }, values!, pattern(shape.k)),
    judge: ({ x, values, U, S, Vt }) => reference.linear(x!, product(U!, sparse(S!, values!, places), Vt!)),
  };
}

const plain = (name: string, shape: Shape) =>
  svftCase(`plain, ${name}`, shape, ops.bandPlaces(shape.k, 0), ops.plainPattern);
const banded = (name: string, shape: Shape, d: number) =>
  svftCase(`banded, ${name}`, shape, ops.bandPlaces(shape.k, d), (k) => ops.bandedPattern(k, d));
const PLACES = Int32Array.of(0, 3, 1, 1, 1, 2, 3, 0, 3, 2);
const scattered = (name: string, shape: Shape) =>
  svftCase(`scattered, ${name}`, shape, PLACES, (k) => {
    const part = (first: number) =>
      tf.tensor1d(
        PLACES.filter((_, i) => i % 2 === first),
        'int32',
      );
    return ops.scatteredPattern(k, part(0), part(1));
  });

export const spectral: Case[] = [
  plain('few rows', FEW),
  plain('many rows', MANY),
  banded('few rows', FEW, 2),
  banded('many rows', MANY, 1),
  banded('by blocks, few rows', WIDE, 2),
  banded('by blocks, many rows', WIDE_MANY, 1),
  scattered('few rows', FEW),
  scattered('many rows', MANY),
  ...(['plain', 'renormalized'] as const).map(
    (form): Case => ({
      name: `svf ${form}`,
      inputs: { x: small([3, 5], 1), z: v([5], 5) },
      constants: factorsOf(FEW),
      op: ({ x, z, U, S, Vt }) => ops.svf(x!, { U: U!, S: S!, Vt: Vt! }, z!, form),
      judge: ({ x, z, U, S, Vt }) => {
        const scaled = { shape: z!.shape, data: z!.data.map((u, i) => u * S!.data[i]!) };
        const sum = ({ data }: Values) => data.reduce((a, b) => a + b, 0);
        const times = form === 'plain' ? 1 : sum(S!) / sum(scaled);
        const M = diag({ shape: z!.shape, data: scaled.data.map((u) => u * times) });
        return reference.linear(x!, product(U!, M, Vt!));
      },
    }),
  ),
];
