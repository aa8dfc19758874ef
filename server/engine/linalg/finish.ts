/** What a decomposition from elsewhere still needs: our sign convention, and numbers for how well it holds. */
import type { Matrix, Svd } from './types.ts';

/** Turns each pair of vectors, in place, so that the largest |uᵢ| is positive, of equals the first. */
export function fixSigns({ u, vt }: Pick<Svd, 'u' | 'vt'>): void {
  const k = u.columns;
  const largest = new Float32Array(k);
  for (let i = 0; i < u.rows; i++)
    for (let j = 0; j < k; j++) {
      const value = u.data[i * k + j]!;
      if (Math.abs(value) > Math.abs(largest[j]!)) largest[j] = value;
    }
  for (let j = 0; j < k; j++) {
    if (largest[j]! >= 0) continue;
    for (let i = 0; i < u.rows; i++) u.data[i * k + j]! *= -1;
    for (let i = 0; i < vt.columns; i++) vt.data[j * vt.columns + i]! *= -1;
  }
}

/** ‖W‖_F² in float64. */
export function squaredNorm({ data }: Matrix): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return sum;
}

/** How many values are NaN or infinite, and the index of the first. */
export function notFinite({ data }: Matrix): { count: number; first: number } {
  let [count, first] = [0, -1];
  data.forEach((value, index) => {
    if (Number.isFinite(value)) return;
    if (count === 0) first = index;
    count++;
  });
  return { count, first };
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return { rows: columns, columns: rows, data: result };
}

/** `count` columns of a matrix from column `from` on. */
export function columnsOf({ rows, columns, data }: Matrix, from: number, count: number): Matrix {
  const result = new Float32Array(rows * count);
  for (let i = 0; i < rows; i++) result.set(data.subarray(i * columns + from, i * columns + from + count), i * count);
  return { rows, columns: count, data: result };
}
