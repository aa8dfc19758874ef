/** Matrices whose singular value decomposition is known, because they are made from it: no SVD is needed to benchmark what uses one. */
import { Random } from '../server/base/random.ts';
import type { HostTensor } from '../server/base/tensor.ts';

/** Householder reflections of each side: enough to make every entry of U and V differ from 0. */
const reflections = 4;

export interface Factors {
  /** [m, k], k = min(m, n). */
  U: HostTensor;
  /** [k], descending. */
  S: HostTensor;
  /** Vᵀ: [k, n]. */
  V: HostTensor;
  /** U·diag(S)·Vᵀ: [m, n]. */
  W: HostTensor;
}

/** The same for the same name. Singular values fall linearly from 2 to 0, about as those of a random matrix of this scale. */
export function factors(name: string, m: number, n: number): Factors {
  const k = Math.min(m, n);
  const random = Random.seeded(0, name);
  const left = Array.from({ length: reflections }, () => unit(m, random));
  const right = Array.from({ length: reflections }, () => unit(n, random));
  const S = { shape: [k], data: Float32Array.from({ length: k }, (_, i) => 2 * (1 - (i + 0.5) / k)) };
  const U = diagonal(m, k, () => 1);
  const V = diagonal(k, n, () => 1);
  const W = diagonal(m, n, (i) => S.data[i]!);
  for (const v of left) for (const x of [U, W]) reflectRows(x, v);
  for (const v of right) for (const x of [V, W]) reflectColumns(x, v);
  return { U, S, V, W };
}

function unit(size: number, random: Random): Float64Array {
  const v = Float64Array.from({ length: size }, () => random.normal());
  const norm = Math.hypot(...v);
  return v.map((x) => x / norm);
}

function diagonal(m: number, n: number, at: (i: number) => number): HostTensor {
  const data = new Float32Array(m * n);
  for (let i = 0; i < Math.min(m, n); i++) data[i * n + i] = at(i);
  return { shape: [m, n], data };
}

/** (I − 2vvᵀ)·X in place. */
function reflectRows({ shape, data }: HostTensor, v: Float64Array): void {
  const [m, n] = shape as [number, number];
  const along = new Float64Array(n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) along[j]! += v[i]! * data[i * n + j]!;
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) data[i * n + j]! -= 2 * v[i]! * along[j]!;
}

/** X·(I − 2vvᵀ) in place. */
function reflectColumns({ shape, data }: HostTensor, v: Float64Array): void {
  const [m, n] = shape as [number, number];
  for (let i = 0; i < m; i++) {
    let along = 0;
    for (let j = 0; j < n; j++) along += data[i * n + j]! * v[j]!;
    for (let j = 0; j < n; j++) data[i * n + j]! -= 2 * along * v[j]!;
  }
}
