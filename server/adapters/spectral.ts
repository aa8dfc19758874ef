/** What svf and svft share: frozen U, S and V of W, and weights made of them. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { fromHost, toHost } from '../engine/index.ts';
import type { Svd } from '../engine/linalg/types.ts';
import type { SvdFactors } from '../engine/ops/index.ts';

/** U [m, k], S [k], Vt [k, n]: W ≈ U·diag(S)·Vt. */
export type Factors = Record<'U' | 'S' | 'Vt', HostTensor>;

export const factorsOf = ({ u, s, vt }: Svd): Factors => ({
  U: { shape: [u.rows, u.columns], data: u.data },
  S: { shape: [s.length], data: s },
  Vt: { shape: [vt.rows, vt.columns], data: vt.data },
});

/** Of tensors that a forward pass sees. */
export const tensorFactors = ({ U, S, Vt }: Record<string, tf.Tensor>): SvdFactors => ({ U: U!, S: S!, Vt: Vt! });

/** A sparse k×k matrix: the value at (rows[i], columns[i]) is values[i]. */
export interface Entries {
  rows: ArrayLike<number>;
  columns: ArrayLike<number>;
  values: ArrayLike<number>;
}

export const diagonal = (values: ArrayLike<number>): Entries => {
  const places = Array.from(values, (_, i) => i);
  return { rows: places, columns: places, values };
};

/** M·x for a sparse M, summed in double precision. x: [k, n] -> [k, n]. */
export function sparseProduct({ rows, columns, values }: Entries, x: HostTensor): HostTensor {
  const [k, n] = x.shape as [number, number];
  const sums = new Float64Array(k * n);
  for (let i = 0; i < values.length; i++) {
    const [to, from, value] = [rows[i]! * n, columns[i]! * n, values[i]!];
    for (let j = 0; j < n; j++) sums[to + j]! += value * x.data[from + j]!;
  }
  return { shape: [k, n], data: Float32Array.from(sums) };
}

/** `weight` + U·x; without a weight U·x. U: [m, k], x: [k, n]. On the engine: k may be as large as m and n. */
export function plusLeft(U: HostTensor, x: HostTensor, weight?: HostTensor): HostTensor {
  const result = tf.tidy(() => {
    const product = tf.matMul(fromHost(U) as tf.Tensor2D, fromHost(x) as tf.Tensor2D);
    return weight ? tf.add(product, fromHost(weight)) : product;
  });
  try {
    return toHost(result);
  } finally {
    result.dispose();
  }
}
