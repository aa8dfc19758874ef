import { Random } from '../../base/random.ts';
import { columnsOf, transposed } from './finish.ts';
import type { Linalg, Matrix, TruncationSettings } from './types.ts';

export interface Products {
  /** W·x */
  forward(x: Matrix): Promise<Matrix>;
  /** Wᵀ·x */
  back(x: Matrix): Promise<Matrix>;
  multiply(a: Matrix, x: Matrix): Promise<Matrix>;
}

/**
 * Orthonormal q [m×w] whose span nearly holds the leading left singular vectors of W, and b = Wᵀq [n×w], w = rank + oversampling, by randomized
 * block Krylov iteration (Musco and Musco 2015), as `kernel/src/truncated.rs` has it.
 */
export async function subspace(
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
  rank: number,
  { oversampling, iterations, seed }: TruncationSettings,
  products: Products,
  { qr }: Pick<Linalg, 'qr'>,
): Promise<{ q: Matrix; b: Matrix }> {
  const width = rank + oversampling;
  const block = Math.ceil(width / (iterations + 1));
  const random = Random.seeded(seed);
  let right: Matrix = {
    rows: columns,
    columns: block,
    data: new Float32Array(columns * block).map(() => random.normal()),
  };
  const [q, b] = [zeros(rows, width), zeros(columns, width)];
  for (let done = 0; done < width; done += block) {
    const count = Math.min(block, width - done);
    const before = columnsOf(q, 0, done);
    let fresh = await products.forward(columnsOf(right, 0, count));
    // Twice is enough (Giraud et al. 2005): once leaves what cancellation brought up.
    for (let round = 0; round < (done > 0 ? 2 : 1); round++) {
      if (done > 0)
        subtract(fresh, await products.multiply(before, await products.multiply(transposed(before), fresh)));
      fresh = (await qr(fresh)).q;
    }
    put(q, fresh, done);
    const returned = await products.back(fresh);
    put(b, returned, done);
    if (done + block < width) right = (await qr(returned)).q;
  }
  return { q, b };
}

const zeros = (rows: number, columns: number): Matrix => ({ rows, columns, data: new Float32Array(rows * columns) });

function put(into: Matrix, { rows, columns, data }: Matrix, at: number): void {
  for (let i = 0; i < rows; i++) into.data.set(data.subarray(i * columns, (i + 1) * columns), i * into.columns + at);
}

function subtract(from: Matrix, what: Matrix): void {
  for (let i = 0; i < from.data.length; i++) from.data[i]! -= what.data[i]!;
}
