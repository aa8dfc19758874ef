/**
 * What training changed in a weight matrix, seen from the singular vectors of the base: W = UΣVᵀ, the update ΔW = PΘQᵀ. Everything follows
 * from the overlaps L = UᵀP and R = VᵀQ (Hu et al. 2021, §7.2 and §7.3, compare subspaces in the same way): Uᵀ·ΔW·V = LΘRᵀ, PᵀWQ = LᵀΣR.
 * Sums run in float64.
 */

import { dot } from '../base/dot.ts';

/** Row-major. */
interface Matrix {
  rows: number;
  columns: number;
  data: Float32Array;
}

/** U m×k, s [k], Vᵀ k×n. */
export interface Triplets {
  u: Matrix;
  s: Float32Array;
  vt: Matrix;
}

export interface ChangeNumbers {
  bins: number[];
  /** [bins × directions] */
  left: Float32Array;
  right: Float32Array;
  inTop: number;
  inTopByChance: number;
  diagonal: number;
  amplification: number;
}

/** At most so many of the update's directions are looked at one by one. */
export const maxDirections = 64;

/**
 * @param update The triplets of ΔW: all of them, or leading ones that hold it to rounding; at least `directions`.
 * @param directions How many leading ones are looked at one by one.
 * @param pause Called every few million products: a chance to hear a cancel. What it throws ends the analysis.
 */
export async function changeOf(
  base: Triplets,
  update: Triplets,
  directions: number,
  pause: () => Promise<void> = async () => {},
): Promise<ChangeNumbers> {
  const [k, all, d] = [base.s.length, update.s.length, directions];
  const left = await overlaps(transposed(base.u), transposed(update.u), pause);
  const right = await overlaps(base.vt, update.vt, pause);
  let total = 0;
  for (const theta of update.s) total += theta * theta;

  let onDiagonal = 0;
  for (let i = 0; i < k; i++) {
    let sum = 0;
    for (let j = 0; j < all; j++) sum += update.s[j]! * left[i * all + j]! * right[i * all + j]!;
    onDiagonal += sum * sum;
  }
  const top = Math.min(d, k);
  const inTop = squares(top, top, all, (a, b, j) => update.s[j]! * left[a * all + j]! * right[b * all + j]!);
  const along = squares(d, d, k, (a, b, i) => base.s[i]! * left[i * all + a]! * right[i * all + b]!);
  const bins = binsOf(k);
  const share = (value: number) => (total > 0 ? Math.min(1, value / total) : 0);
  return {
    bins,
    left: binned(left, all, bins, d),
    right: binned(right, all, bins, d),
    inTop: share(inTop),
    inTopByChance: (top * top) / (base.u.rows * base.vt.columns),
    diagonal: share(onDiagonal),
    amplification: amplification(Math.sqrt(total), Math.sqrt(along), base.s),
  };
}

/** What the base has along the update counts as at least its rounding; 0 where the base is zero. */
function amplification(updateNorm: number, along: number, sigma: Float32Array): number {
  const floor = 2 ** -23 * (sigma[0] ?? 0);
  const found = Math.max(along, floor);
  return found > 0 ? updateNorm / found : 0;
}

/** Leading directions one by one, then ever wider bins: at most 64 of them. */
export function binsOf(k: number): number[] {
  const single = Math.min(k, 16);
  const bins = Array.from({ length: single }, (_, i) => i);
  for (let at = single; at < k; at = Math.min(k, Math.max(at + 1, Math.ceil(at * growth(k))))) bins.push(at);
  return [...bins, k];
}

/** 47 steps at most from 16 to k. */
const growth = (k: number): number => Math.max(1.08, (k / 16) ** (1 / 40));

/** Σ over each bin of the squared overlaps with each of the first d columns. */
function binned(overlap: Float64Array, width: number, bins: readonly number[], d: number): Float32Array {
  const shares = new Float32Array((bins.length - 1) * d);
  for (let bin = 0; bin + 1 < bins.length; bin++)
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let i = bins[bin]!; i < bins[bin + 1]!; i++) sum += overlap[i * width + j]! ** 2;
      shares[bin * d + j] = Math.min(1, sum);
    }
  return shares;
}

/** Σ over a and b of (Σ over j of term)². */
function squares(as: number, bs: number, js: number, term: (a: number, b: number, j: number) => number): number {
  let total = 0;
  for (let a = 0; a < as; a++)
    for (let b = 0; b < bs; b++) {
      let sum = 0;
      for (let j = 0; j < js; j++) sum += term(a, b, j);
      total += sum * sum;
    }
  return total;
}

/** Products between two pauses. */
const stretch = 2 ** 24;

/** [x.rows × y.rows]: the dot product of each row of x with each row of y. */
async function overlaps(x: Matrix, y: Matrix, pause: () => Promise<void>): Promise<Float64Array> {
  const length = x.columns;
  const result = new Float64Array(x.rows * y.rows);
  const rows = Math.max(1, Math.floor(stretch / Math.max(1, y.rows * length)));
  for (let from = 0; from < x.rows; from += rows) {
    for (let i = from; i < Math.min(x.rows, from + rows); i++)
      for (let j = 0; j < y.rows; j++) result[i * y.rows + j] = dot(x.data, i * length, y.data, j * length, length);
    await pause();
  }
  return result;
}

function transposed({ rows, columns, data }: Matrix): Matrix {
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: result };
}
