/** The linear algebra behind the cache: how it starts, and what its version would be. */
import type { Linalg, LinalgOptions } from '../engine/linalg/types.ts';

export interface FactorsEngine {
  start(options: LinalgOptions): Promise<Linalg>;
  /** `Linalg.version` of what `start` would give, without starting it. */
  version(options: LinalgOptions): string | Promise<string>;
}

/** Loaded when it is needed: it brings the whole engine along. */
const load = () => import('../engine/linalg/index.ts');

export const engine: FactorsEngine = {
  start: async (options) => (await load()).startLinalg(options),
  version: async (options) => (await load()).linalgVersion(options),
};
