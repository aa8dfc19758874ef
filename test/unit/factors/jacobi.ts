/** A stand-in for the linear algebra: one-sided Jacobi in float64, for small matrices. */
import { RankwiseError } from '../../../server/base/errors.ts';
import type { Linalg, Matrix, Svd } from '../../../server/engine/linalg/types.ts';

export interface Counted extends Linalg {
  /** Names of the calls so far. */
  calls: string[];
}

export function jacobi(version = 'jacobi 1'): Counted {
  const calls: string[] = [];
  const counted = <A extends unknown[], R>(name: string, body: (...args: A) => R) => {
    return async (...args: A): Promise<R> => {
      calls.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      return body(...args);
    };
  };
  return {
    kernel: 'wasm',
    version,
    calls,
    singularValues: counted('values', (w) => decompose(w).s),
    svd: counted('svd', decompose),
    truncatedSvd: counted('truncated', (w, rank, { oversampling = 16, iterations = 4, seed = 0 } = {}) => {
      const full = decompose(w);
      const r = Math.min(rank, full.s.length);
      const u = { rows: w.rows, columns: r, data: new Float32Array(w.rows * r) };
      for (let i = 0; i < w.rows; i++)
        for (let j = 0; j < r; j++) u.data[i * r + j] = full.u.data[i * full.u.columns + j]!;
      const vt = { rows: r, columns: w.columns, data: full.vt.data.slice(0, r * w.columns) };
      const all = Math.hypot(...full.s);
      const residual = all > 0 ? Math.hypot(...full.s.slice(r)) / all : 0;
      return { u, s: full.s.slice(0, r), vt, rank: r, oversampling, iterations, seed, residual, orthogonality: 0 };
    }),
    qr: async () => {
      throw new Error('not needed here');
    },
    close: async () => {},
  };
}

export function decompose({ rows, columns, data }: Matrix): Svd {
  if (data.some((x) => !Number.isFinite(x))) throw new RankwiseError('matrix-not-finite', 'NaN', { kind: 'runtime' });
  const tall = rows >= columns;
  const [length, k] = tall ? [rows, columns] : [columns, rows];
  // Column j of A (of Aᵀ where it is wide) and of V.
  const a = Array.from({ length: k }, (_, j) =>
    Float64Array.from({ length }, (_, i) => data[tall ? i * columns + j : j * columns + i]!),
  );
  const v = Array.from({ length: k }, (_, j) => Float64Array.from({ length: k }, (_, i) => (i === j ? 1 : 0)));
  for (let sweep = 0, off = 1; sweep < 40 && off > 1e-14; sweep++) {
    off = 0;
    for (let p = 0; p < k; p++)
      for (let q = p + 1; q < k; q++) {
        const [pp, qq, pq] = [dot(a[p]!, a[p]!), dot(a[q]!, a[q]!), dot(a[p]!, a[q]!)];
        if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq) || pq === 0) continue;
        off = Math.max(off, Math.abs(pq) / Math.sqrt(pp * qq));
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        rotate(a[p]!, a[q]!, c, c * t);
        rotate(v[p]!, v[q]!, c, c * t);
      }
  }
  const norms = a.map((column) => Math.sqrt(dot(column, column)));
  const order = norms.map((_, j) => j).sort((x, y) => norms[y]! - norms[x]!);
  const left = order.map((j) => a[j]!.map((x) => (norms[j]! > 1e-12 * norms[order[0]!]! ? x / norms[j]! : 0)));
  complete(left, length);
  const right = order.map((j) => v[j]!);
  const [us, vs] = tall ? [left, right] : [right, left];
  for (const [j, u] of us.entries())
    if (u.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0) < 0)
      for (const column of [u, vs[j]!]) for (let i = 0; i < column.length; i++) column[i]! *= -1;
  const u = new Float32Array(rows * k);
  for (let j = 0; j < k; j++) for (let i = 0; i < rows; i++) u[i * k + j] = us[j]![i]!;
  const vt = new Float32Array(k * columns);
  for (let j = 0; j < k; j++) vt.set(vs[j]!, j * columns);
  return {
    u: { rows, columns: k, data: u },
    s: Float32Array.from(order, (j) => norms[j]!),
    vt: { rows: k, columns, data: vt },
    residual: 0,
    orthogonality: 0,
  };
}

/** Columns of zero singular values: any that are orthonormal to the others. */
function complete(columns: Float64Array[], length: number): void {
  for (const [j, column] of columns.entries())
    for (let e = 0; e < length && dot(column, column) < 0.25; e++) {
      column.fill(0);
      column[e] = 1;
      for (let twice = 0; twice < 2; twice++)
        for (const [i, other] of columns.entries()) {
          const share = i === j ? 0 : dot(other, column);
          for (let x = 0; x < length; x++) column[x]! -= share * other[x]!;
        }
      const norm = Math.sqrt(dot(column, column));
      for (let x = 0; x < length; x++) column[x] = norm > 0.1 ? column[x]! / norm : 0;
    }
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) [x[i], y[i]] = [c * x[i]! - s * y[i]!, s * x[i]! + c * y[i]!];
}
