/** The native kernel: our Rust library as a Node add-on, one file a platform. Each call computes on a thread of its own. */
import { createRequire } from 'node:module';
import { type Call, type Lane, type Outcome, partLengths } from './calls.ts';
import { kernelFile } from './files.ts';

/** As `kernel/src/node.rs` declares it: the matrix and its shape, a truncation's settings, what is written to, threads. */
type Compute = (...rest: unknown[]) => Promise<Outcome>;
export type Addon = Record<Call['kind'], Compute>;

let loaded: Addon | undefined;

/** Errors: what the system's loader says where there is none for this platform, or its C library is too old. */
export function loadNative(): Addon {
  loaded ??= createRequire(import.meta.url)(kernelFile('native.node')) as Addon;
  return loaded;
}

export function nativeLane(): Lane {
  const addon = loadNative();
  return {
    async run(call) {
      const { kind, a, m, n, threads } = call;
      const parts = partLengths(call).map((length) => new Float32Array(length));
      const settings = kind === 'truncated' ? [pick(call)] : [];
      return { outcome: await addon[kind](a, m, n, ...settings, ...parts, threads), parts };
    },
    // A thread that computes cannot be stopped; it holds up neither us nor the end of the process.
    end: () => {},
  };
}

const pick = ({ rank, oversampling, iterations, seed }: Extract<Call, { kind: 'truncated' }>) => ({
  rank,
  oversampling,
  iterations,
  seed,
});
