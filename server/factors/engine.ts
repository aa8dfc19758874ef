/** The linear algebra behind the cache: how it starts, and what its version would be. */
import { linalgVersion, startLinalg } from '../engine/linalg/index.ts';
import type { Linalg, LinalgOptions } from '../engine/linalg/types.ts';

export interface FactorsEngine {
  start(options: LinalgOptions): Promise<Linalg>;
  /** `Linalg.version` of what `start` would give, without starting it. */
  version(options: LinalgOptions): string;
}

export const engine: FactorsEngine = { start: startLinalg, version: linalgVersion };
