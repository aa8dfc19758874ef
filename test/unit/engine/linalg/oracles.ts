/** The matrices of test/fixtures/svd with the singular values that LAPACK gives in float64, and ways to hold a result against them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors } from '../../../../server/checkpoint/safetensors/read.ts';
import type { Matrix, Svd } from '../../../../server/engine/linalg/types.ts';

const folder = path.join(import.meta.dirname, '../../../fixtures/svd');

interface Facts {
  shape: [number, number];
  sigma_max: number;
  singular_values: number[];
}

const { matrices } = JSON.parse(readFileSync(path.join(folder, 'svd.json'), 'utf8')) as {
  matrices: Record<string, Facts>;
};

const file = openSafetensors(path.join(folder, 'svd.safetensors'));

export const oracles: { name: string; w: Matrix; values: number[] }[] = Object.entries(matrices).map(
  ([name, { shape, singular_values }]) => ({
    name,
    w: { rows: shape[0], columns: shape[1], data: file.read(`${name}.A`).data },
    values: singular_values,
  }),
);
file.close();

export function matrix(rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const data = Float32Array.from({ length: rows * columns }, (_, index) =>
    at(Math.floor(index / columns), index % columns),
  );
  return { rows, columns, data };
}

/** A repeatable cloud of numbers in (−1, 1). */
export const noise = (seed = 1) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};

/** In float64, straight from the definition. */
export function quality(
  w: Matrix,
  { u, s, vt }: Pick<Svd, 'u' | 's' | 'vt'>,
): { residual: number; orthogonality: number } {
  let [wrong, whole] = [0, 0];
  for (let i = 0; i < w.rows; i++)
    for (let j = 0; j < w.columns; j++) {
      let sum = 0;
      for (let k = 0; k < s.length; k++) sum += u.data[i * u.columns + k]! * s[k]! * vt.data[k * vt.columns + j]!;
      wrong += (w.data[i * w.columns + j]! - sum) ** 2;
      whole += w.data[i * w.columns + j]! ** 2;
    }
  const columns = (m: Matrix) => (i: number, k: number) => m.data[i * m.columns + k]!;
  const rows = (m: Matrix) => (i: number, k: number) => m.data[k * m.columns + i]!;
  const orthogonality = Math.max(
    fromIdentity(columns(u), u.rows, s.length),
    fromIdentity(rows(vt), vt.columns, s.length),
  );
  return { residual: whole > 0 ? Math.sqrt(wrong / whole) : 0, orthogonality };
}

export function fromIdentity(at: (i: number, k: number) => number, length: number, count: number): number {
  let worst = 0;
  for (let a = 0; a < count; a++)
    for (let b = a; b < count; b++) {
      let sum = a === b ? -1 : 0;
      for (let i = 0; i < length; i++) sum += at(i, a) * at(i, b);
      worst = Math.max(worst, Math.abs(sum));
    }
  return worst;
}

export const worst = (found: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  Array.from(wanted, (value, i) => Math.abs(value - found[i]!)).reduce((a, b) => Math.max(a, b), 0);
