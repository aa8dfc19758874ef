import * as tf from '@tensorflow/tfjs-core';
import { banded, dense, diagonal, type SparseLayout } from './sparse-layouts.ts';
import { spectral } from './spectral.ts';

export interface SvdFactors {
  /** Left singular vectors, [m, k]. */
  U: tf.Tensor;
  /** Singular values, [k]. */
  S: tf.Tensor;
  /** Right singular vectors as rows, [k, n]. */
  Vt: tf.Tensor;
}

/** Where SVFT's M has entries, for one k. Made by `plainPattern`, `bandedPattern` and `scatteredPattern`. */
export interface SvftPattern {
  layout: SparseLayout;
  /** The entries of diag(S) + M. */
  entries(values: tf.Tensor, S: tf.Tensor): tf.Tensor;
  positions(): tf.Tensor;
}

const unread = () => tf.scalar(0, 'int32');
/** M's entries, then those of diag(S): where both have one they add up. */
const both = (values: tf.Tensor, S: tf.Tensor) => tf.concat([values, S]);
const withDiagonal = (places: Int32Array, k: number): Int32Array => {
  const all = new Int32Array(places.length + 2 * k);
  all.set(places);
  for (let i = 0; i < k; i++) all.fill(i, places.length + 2 * i, places.length + 2 * i + 2);
  return all;
};

/** Entries on the diagonal only: values [k]. */
export const plainPattern = (k: number): SvftPattern => ({
  layout: diagonal(k),
  entries: (values, S) => tf.add(values, S),
  positions: unread,
});

/** Row and column of every place at |row − column| ≤ d of a k×k matrix, row by row: [k(2d + 1) − d(d + 1), 2]. */
export function bandPlaces(k: number, d: number): Int32Array {
  const places: number[] = [];
  for (let i = 0; i < k; i++) for (let j = Math.max(0, i - d); j <= Math.min(k - 1, i + d); j++) places.push(i, j);
  return Int32Array.from(places);
}

const bands = new Map<string, SvftPattern>();

/** Entries at `bandPlaces(k, d)`, in that order. Its index arrays are made once for each k and d. */
export function bandedPattern(k: number, d: number): SvftPattern {
  const key = `${k}/${d}`;
  const known = bands.get(key);
  if (known !== undefined) return known;
  const places = withDiagonal(bandPlaces(k, d), k);
  const layouts = [banded(k, d, places), dense(k)].sort((a, b) => a.cost - b.cost);
  const made = {
    layout: layouts[0]!,
    entries: both,
    positions: () => tf.tensor2d(places, [places.length / 2, 2], 'int32'),
  };
  bands.set(key, made);
  return made;
}

/** Entries anywhere (SVFT's random and top-k). rows, columns: int32 [nnz]; places distinct. */
export const scatteredPattern = (k: number, rows: tf.Tensor, columns: tf.Tensor): SvftPattern => ({
  layout: dense(k),
  entries: both,
  positions: () =>
    tf.concat([tf.stack([rows, columns], 1), tf.tensor2d(withDiagonal(new Int32Array(0), k), [k, 2], 'int32')]),
});

/**
 * x·(U (diag(S) + M) Vᵀ)ᵀ, M with `values` [nnz] at the places of the pattern (SVFT, Lingam et al. 2024). x: [rows, n] -> [rows, m].
 * Gradients with respect to x and values; U, S and V are frozen.
 */
export function svft(x: tf.Tensor, { U, S, Vt }: SvdFactors, values: tf.Tensor, pattern: SvftPattern): tf.Tensor {
  const factors = { U, Vt, entries: pattern.entries(values, S), positions: pattern.positions() };
  return spectral(x, factors, pattern.layout);
}

export type SvfForm = 'plain' | 'renormalized';

/**
 * x·(U diag(S ⊙ z) Vᵀ)ᵀ (SVF of Transformer², Sun et al. 2025), in the renormalised form times ΣS / Σ(S ⊙ z). x: [rows, n], z: [k] -> [rows, m].
 */
export function svf(x: tf.Tensor, { U, S, Vt }: SvdFactors, z: tf.Tensor, form: SvfForm = 'plain'): tf.Tensor {
  const scaled = tf.mul(S, z);
  const entries = form === 'plain' ? scaled : tf.mul(scaled, tf.div(tf.sum(S), tf.sum(scaled)));
  return spectral(x, { U, Vt, entries, positions: unread() }, diagonal(S.size));
}
