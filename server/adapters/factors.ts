/** Matrices that methods start from: random ones, and parts of a singular value decomposition. */
import type { Random } from '../base/random.ts';
import { type HostTensor, sizeOf } from '../base/tensor.ts';
import type { Svd } from '../engine/linalg/types.ts';

/** Values in the order of the data, each by its index. */
export function draw(shape: [number, number], next: (i: number) => number): HostTensor {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => next(i)) };
}

/** Kaiming uniform with a = √5, as torch's linear layers start: bound = √(6 / ((1 + 5)·fanIn)). */
export function kaiming(shape: [number, number], fanIn: number, random: Random): HostTensor {
  const bound = 1 / Math.sqrt(fanIn);
  return draw(shape, () => (2 * random.uniform() - 1) * bound);
}

/** The first or the last `rank` singular triplets, the larger value first: u [m, rank], s [rank], vt [rank, n]. */
export function triplets({ u, s, vt }: Svd, rank: number, which: 'top' | 'bottom') {
  const from = which === 'top' ? 0 : s.length - rank;
  const n = vt.columns;
  return {
    u: draw([u.rows, rank], (i) => u.data[Math.floor(i / rank) * u.columns + from + (i % rank)]!),
    s: s.slice(from, from + rank),
    vt: { shape: [rank, n], data: vt.data.slice(from * n, (from + rank) * n) },
  };
}

/** diag(s)·x. */
export function scaledRows({ shape, data }: HostTensor, s: ArrayLike<number>): HostTensor {
  const width = shape[1]!;
  return { shape, data: data.map((value, i) => value * s[Math.floor(i / width)]!) };
}

/** x·diag(s). */
export function scaledColumns({ shape, data }: HostTensor, s: ArrayLike<number>): HostTensor {
  return { shape, data: data.map((value, i) => value * s[i % s.length]!) };
}

/** w + scale·b·a, summed in double precision and rounded once. w: [m, n], b: [m, r], a: [r, n]. */
export function plusProduct(w: HostTensor, b: HostTensor, a: HostTensor, scale: number): HostTensor {
  const [m, n] = w.shape as [number, number];
  const rank = a.shape[0]!;
  const data = new Float32Array(m * n);
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    let k = 0;
    // Four at a time: the sums are read and written a quarter as often.
    for (; k + 4 <= rank; k += 4) {
      const [x0, x1, x2, x3] = [0, 1, 2, 3].map((q) => b.data[i * rank + k + q]!) as [number, number, number, number];
      const [a0, a1, a2, a3] = [0, 1, 2, 3].map((q) => a.data.subarray((k + q) * n, (k + q + 1) * n)) as Four;
      for (let j = 0; j < n; j++) row[j]! += x0 * a0[j]! + x1 * a1[j]! + x2 * a2[j]! + x3 * a3[j]!;
    }
    for (; k < rank; k++) {
      const x = b.data[i * rank + k]!;
      for (let j = 0; j < n; j++) row[j]! += x * a.data[k * n + j]!;
    }
    for (let j = 0; j < n; j++) data[i * n + j] = w.data[i * n + j]! + scale * row[j]!;
  }
  return { shape: [m, n], data };
}

type Four = [Float32Array, Float32Array, Float32Array, Float32Array];

/** b·a with sums in double precision. b: [m, r], a: [r, n]. */
export const product = (b: HostTensor, a: HostTensor): HostTensor => {
  const shape = [b.shape[0]!, a.shape[1]!];
  return plusProduct({ shape, data: new Float32Array(sizeOf(shape)) }, b, a, 1);
};
