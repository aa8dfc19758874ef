/** Decompositions for tests of methods: one-sided Jacobi in double precision, and how often it was asked. */
import { createHash } from 'node:crypto';
import type { Matrix, Svd } from '../../../server/engine/linalg/types.ts';
import type { Factors } from '../../../server/factors/types.ts';

/** `asked` grows by a line for every decomposition; shared factors go to `home`. */
export function jacobiFactors(asked: string[] = [], home?: string): Factors {
  const fresh = { cached: false, seconds: 0 };
  return {
    home,
    singularValues: async (w) => ({ values: jacobi(w).s, residual: 0, ...fresh }),
    async svd(w, { signal } = {}) {
      signal?.throwIfAborted();
      asked.push(`full ${w.rows}x${w.columns}`);
      return { ...jacobi(w), ...fresh };
    },
    async truncatedSvd(w, rank, { signal, oversampling = Math.max(16, rank), iterations = 4, seed = 0 } = {}) {
      signal?.throwIfAborted();
      asked.push(`rank ${rank} of ${w.rows}x${w.columns}, ${iterations} iterations`);
      return { ...leading(jacobi(w), rank), rank, oversampling, iterations, seed, ...fresh };
    },
    close: async () => {},
  };
}

function leading(svd: Svd, rank: number): Svd {
  const { u, s, vt } = svd;
  const data = Float32Array.from(
    { length: u.rows * rank },
    (_, i) => u.data[Math.floor(i / rank) * u.columns + (i % rank)]!,
  );
  return {
    ...svd,
    u: { rows: u.rows, columns: rank, data },
    s: s.slice(0, rank),
    vt: { rows: rank, columns: vt.columns, data: vt.data.slice(0, rank * vt.columns) },
  };
}

const found = new Map<string, Svd>();

/** Economy size, the largest |u| of each column positive. A test file decomposes the same few matrices again and again: each is computed once. */
export function jacobi(matrix: Matrix): Svd {
  const bytes = new Uint8Array(matrix.data.buffer, matrix.data.byteOffset, matrix.data.byteLength);
  const key = `${matrix.rows}x${matrix.columns} ${createHash('sha256').update(bytes).digest('hex')}`;
  const svd = found.get(key) ?? decompose(matrix);
  found.set(key, svd);
  return structuredClone(svd);
}

function decompose({ rows: m, columns: n, data }: Matrix): Svd {
  const tall = m >= n;
  const [long, k] = tall ? [m, n] : [n, m];
  // Columns of W, or of Wᵀ where it is wide, which rotations make orthogonal; v collects the rotations.
  const x = Array.from({ length: k }, (_, j) =>
    Float64Array.from({ length: long }, (_, i) => (tall ? data[i * n + j]! : data[j * n + i]!)),
  );
  const v = Array.from({ length: k }, (_, j) => Float64Array.from({ length: k }, (_, i) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let largest = 0;
    for (let p = 0; p < k; p++)
      for (let q = p + 1; q < k; q++) {
        const [a, b, c] = [dot(x[p]!, x[p]!), dot(x[q]!, x[q]!), dot(x[p]!, x[q]!)];
        if (c === 0) continue;
        largest = Math.max(largest, Math.abs(c) / Math.sqrt(a * b || 1));
        const zeta = (b - a) / (2 * c);
        const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cos = 1 / Math.hypot(1, t);
        rotate(x[p]!, x[q]!, cos, cos * t);
        rotate(v[p]!, v[q]!, cos, cos * t);
      }
    if (largest < 1e-14) break;
  }
  const norms = x.map((column) => Math.sqrt(dot(column, column)));
  const order = norms.map((_, i) => i).sort((i, j) => norms[j]! - norms[i]!);
  const u = new Float32Array(m * k);
  const vt = new Float32Array(k * n);
  order.forEach((from, to) => {
    const longSide = x[from]!.map((value) => value / norms[from]!);
    const [left, right] = tall ? [longSide, v[from]!] : [v[from]!, longSide];
    const sign = Math.sign(left.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0));
    for (let i = 0; i < m; i++) u[i * k + to] = sign * left[i]!;
    for (let j = 0; j < n; j++) vt[to * n + j] = sign * right[j]!;
  });
  return {
    u: { rows: m, columns: k, data: u },
    s: Float32Array.from(order, (i) => norms[i]!),
    vt: { rows: k, columns: n, data: vt },
    residual: 0,
    orthogonality: 0,
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function rotate(a: Float64Array, b: Float64Array, cos: number, sin: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    a[i] = cos * x - sin * y;
    b[i] = sin * x + cos * y;
  }
}
