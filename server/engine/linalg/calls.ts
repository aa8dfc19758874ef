/** What a kernel is asked to compute, and what it answers. All matrices are row-major. */

interface Of {
  /** m×n */
  a: Float32Array;
  m: number;
  n: number;
  threads: number;
}

/** `threads` counts for the native kernel alone. k = min(m, n). */
export type Call = Of &
  (
    | { kind: 'values' }
    | { kind: 'full' }
    | { kind: 'truncated'; rank: number; oversampling: number; iterations: number; seed: number }
    | { kind: 'orthogonal' }
  );

/** Lengths of what comes back: values [k]; full u [m·k], s [k], vt [k·n]; truncated the same with k = rank; orthogonal q [m·k], r [k·n]. */
export function partLengths(call: Call): number[] {
  const { m, n } = call;
  const k = call.kind === 'truncated' ? call.rank : Math.min(m, n);
  if (call.kind === 'values') return [k];
  return call.kind === 'orthogonal' ? [m * k, k * n] : [m * k, k, k * n];
}

export interface Outcome {
  /** `not-finite` (with how many and where the first is), `no-convergence`, or what went wrong in words; absent when all is well. */
  failure?: string;
  count?: number;
  first?: number;
  residual?: number;
  orthogonality?: number;
}

export interface Answer {
  outcome: Outcome;
  parts: Float32Array[];
}

/** One lane of a kernel: one call at a time. */
export interface Lane {
  run(call: Call): Promise<Answer>;
  /** Nobody waits for what it computes now; it computes nothing more. */
  end(): void;
}
