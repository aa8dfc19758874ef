import { RankwiseError } from '../../base/errors.ts';
import type { Matrix, TruncationSettings } from './types.ts';

/** A Krylov subspace of more than this part of the matrix costs what all of it does, and knows less. */
const MOST = 0.5;

/**
 * Settings of a truncated SVD with their defaults: a subspace of four times the rank, at least 48 more, in six blocks. `direct`: rather cut it from
 * the full decomposition. Errors: `rank-too-large`.
 */
export function truncation(
  { rows, columns }: Pick<Matrix, 'rows' | 'columns'>,
  rank: number,
  given: Partial<TruncationSettings>,
): TruncationSettings & { direct: boolean } {
  const k = Math.min(rows, columns);
  if (!Number.isInteger(rank) || rank < 1 || rank > k)
    throw new RankwiseError('rank-too-large', `A ${rows}×${columns} matrix has ${k} singular values, not ${rank}.`);
  const oversampling = Math.min(given.oversampling ?? Math.max(3 * rank, 48), k - rank);
  const { iterations = 5, seed = 0 } = given;
  return { oversampling, iterations, seed, direct: rank + oversampling > MOST * k };
}
