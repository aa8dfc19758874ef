/** Where the jobs get decompositions of weights from. */
import type { RankwiseError } from '../base/errors.ts';
import type { Matrix, Svd } from '../engine/linalg/types.ts';
import { openFactors } from '../factors/index.ts';
import type { Factors } from '../factors/types.ts';
import { homeFolder } from '../wire/places.ts';

/** The cache of this home, and what computes the rest; nothing starts before it is needed. */
export async function withFactors<T>(
  work: (factors: Factors) => Promise<T>,
  onWarning: (warning: RankwiseError) => void = () => {},
): Promise<T> {
  const factors = openFactors({ home: homeFolder(), onWarning });
  try {
    return await work(factors);
  } finally {
    await factors.close();
  }
}

/** Zeros in place of decompositions, where only time is measured: a step takes as long with any values. */
export const zeroFactors: Factors = {
  singularValues: async (w) => ({ values: new Float32Array(Math.min(w.rows, w.columns)), residual: 0, ...atOnce }),
  svd: async (w) => ({ ...zeros(w, Math.min(w.rows, w.columns)), ...atOnce }),
  truncatedSvd: async (w, rank) => ({ ...zeros(w, rank), rank, oversampling: 0, iterations: 0, seed: 0, ...atOnce }),
  close: async () => {},
};

const atOnce = { cached: true, seconds: 0 };

function zeros({ rows, columns }: Matrix, k: number): Svd {
  return {
    u: { rows, columns: k, data: new Float32Array(rows * k) },
    s: new Float32Array(k),
    vt: { rows: k, columns, data: new Float32Array(k * columns) },
    residual: 0,
    orthogonality: 0,
  };
}
