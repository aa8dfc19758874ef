/** The linear algebra behind the cache: how it starts, and what its version would be. */
import { RankwiseError } from '../base/errors.ts';
import type { Linalg, LinalgOptions } from '../engine/linalg/types.ts';

export interface FactorsEngine {
  start(options: LinalgOptions): Promise<Linalg>;
  /** `Linalg.version` of what `start` would give, without starting it. */
  version(options: LinalgOptions): string | Promise<string>;
}

const missing = () => new RankwiseError('not-available-yet', 'There is no linear algebra in this version.');
export const engine: FactorsEngine = {
  start: () => Promise.reject(missing()),
  version: () => Promise.reject(missing()),
};
