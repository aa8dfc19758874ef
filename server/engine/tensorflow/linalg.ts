/** Factorisations by TensorFlow's native kernels; the backend in use must be TensorFlow. Batched: leading axes are independent. */
import type * as tf from '@tensorflow/tfjs-core';
import { raw, tensorflowBackend } from './raw.ts';

/**
 * Thin singular value decomposition x = U·diag(s)·Vᵀ, s descending. x: [..., m, n] float32, k = min(m, n) ->
 * s: [..., k], u: [..., m, k], v: [..., n, k] (V itself, not transposed). The sign of each pair of vectors is the kernel's.
 */
export function svd(x: tf.Tensor): { s: tf.Tensor; u: tf.Tensor; v: tf.Tensor } {
  const attributes = { types: { T: 'float32' }, bools: { compute_uv: true, full_matrices: false } } as const;
  const [s, u, v] = raw(tensorflowBackend(), 'Svd', [x], attributes, 3);
  return { s: s!, u: u!, v: v! };
}

/** Singular values alone, descending. x: [..., m, n] float32 -> [..., min(m, n)]. */
export function singularValues(x: tf.Tensor): tf.Tensor {
  const attributes = { types: { T: 'float32' }, bools: { compute_uv: false, full_matrices: false } } as const;
  const [s, ...unused] = raw(tensorflowBackend(), 'Svd', [x], attributes, 3);
  for (const tensor of unused) tensor.dispose();
  return s!;
}

/** Thin QR decomposition x = Q·R. x: [..., m, n] float32, k = min(m, n) -> q: [..., m, k], r: [..., k, n] upper triangular. */
export function qr(x: tf.Tensor): { q: tf.Tensor; r: tf.Tensor } {
  const attributes = { types: { T: 'float32' }, bools: { full_matrices: false } } as const;
  const [q, r] = raw(tensorflowBackend(), 'Qr', [x], attributes, 2);
  return { q: q!, r: r! };
}
