/** What the methods that train between all singular vectors of W share: k, what is shared by a base, and the settings in a file. */
import type { MatrixSettings } from './types.ts';

type Shape = { m: number; n: number };

/** The size of the trained matrix: `rank` where there is one, else min(m, n). */
export const spectralSize = ({ m, n }: Shape, { rank }: MatrixSettings): number =>
  rank > 0 ? Math.min(rank, m, n) : Math.min(m, n);

/** U (m×k), S (k) and V (k×n) in float32. */
export const spectralBytes = (module: Shape, settings: MatrixSettings): number => {
  const k = spectralSize(module, settings);
  return 4 * k * (module.m + module.n + 1);
};
