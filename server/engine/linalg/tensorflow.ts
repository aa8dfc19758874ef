/** Decompositions by TensorFlow's own kernels, on whatever device it computes on; its backend must be the one in use. */
import * as tf from '@tensorflow/tfjs-core';
import { qr as rawQr, svd as rawSvd, singularValues as rawValues } from '../tensorflow/linalg.ts';
import { fixSigns } from './finish.ts';
import { aborted } from './lanes.ts';
import { demandSound, leading } from './linalg.ts';
import { truncation } from './truncation.ts';
import type { CallOptions, Linalg, Matrix, Svd } from './types.ts';

export function tensorflowLinalg(version: string): Linalg {
  const svd = async (w: Matrix, options: CallOptions = {}): Promise<Svd> => {
    const [u, s, vt, rest, norm, orthogonality] = await compute(w, options, (x) => {
      const found = rawSvd(x);
      const v = tf.transpose(found.v);
      const difference = tf.sub(x, tf.matMul(tf.mul(found.u, found.s), v));
      const worst = tf.maximum(fromIdentity(found.u), fromIdentity(found.v));
      return [found.u, found.s, v, tf.norm(difference), tf.norm(x), worst];
    });
    const k = Math.min(w.rows, w.columns);
    const found = {
      u: { rows: w.rows, columns: k, data: u! },
      s: s!,
      vt: { rows: k, columns: w.columns, data: vt! },
      residual: norm![0]! > 0 ? rest![0]! / norm![0]! : 0,
      orthogonality: orthogonality![0]!,
    };
    fixSigns(found);
    return found;
  };
  return {
    kernel: 'tensorflow',
    version,
    svd,
    singularValues: async (w, options = {}) => (await compute(w, options, (x) => [rawValues(x)]))[0]!,
    async truncatedSvd(w, rank, options = {}) {
      const settings = truncation(w, rank, options);
      return leading(await svd(w, options), rank, settings);
    },
    async qr(w, options = {}) {
      const k = Math.min(w.rows, w.columns);
      const [q, r] = await compute(w, options, (x) => {
        const found = rawQr(x);
        const sign = tf.sub(tf.mul(2, tf.cast(tf.greaterEqual(diagonal(found.r, k), 0), 'float32')), 1);
        return [tf.mul(found.q, sign), tf.mul(found.r, tf.reshape(sign, [k, 1]))];
      });
      return { q: { rows: w.rows, columns: k, data: q! }, r: { rows: k, columns: w.columns, data: r! } };
    },
    close: async () => {},
  };
}

async function compute(
  w: Matrix,
  { signal }: CallOptions,
  work: (x: tf.Tensor2D) => tf.Tensor[],
): Promise<Float32Array[]> {
  demandSound(w);
  if (signal?.aborted) throw aborted();
  const results = tf.tidy(() => work(tf.tensor2d(w.data, [w.rows, w.columns])));
  try {
    return await Promise.all(results.map(async (tensor) => (await tensor.data()) as Float32Array));
  } finally {
    tf.dispose(results);
  }
}

/** max |QᵀQ − I| */
const fromIdentity = (q: tf.Tensor): tf.Tensor =>
  tf.max(tf.abs(tf.sub(tf.matMul(q as tf.Tensor2D, q as tf.Tensor2D, true), tf.eye(q.shape[1]!))));

const diagonal = (r: tf.Tensor, k: number): tf.Tensor => tf.sum(tf.mul(tf.slice(r, [0, 0], [k, k]), tf.eye(k)), 1);
