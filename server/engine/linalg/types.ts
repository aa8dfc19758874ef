/** Decompositions of dense float32 matrices that lie in host memory. W is m×n, k = min(m, n). */

export interface Matrix {
  rows: number;
  columns: number;
  /** Row-major, rows·columns values. */
  data: Float32Array;
}

/**
 * W = U·diag(s)·Vᵀ, economy size. The largest |uᵢ| of each column of U is positive (of equals the first); s descends. How well it
 * holds is measured on the result, not assumed.
 */
export interface Svd {
  /** m×k */
  u: Matrix;
  /** [k] */
  s: Float32Array;
  /** k×n: the right singular vectors as rows. */
  vt: Matrix;
  /** ‖W − U·diag(s)·Vᵀ‖_F / ‖W‖_F; 0 for a zero matrix. */
  residual: number;
  /** The larger of max |UᵀU − I| and max |VᵀV − I|. */
  orthogonality: number;
}

/** The leading `rank` triplets by randomized subspace iteration (Halko, Martinsson, Tropp 2011); `residual` is that of the approximation. */
export interface TruncatedSvd extends Svd, TruncationSettings {
  rank: number;
}

export interface TruncationSettings {
  /** Columns beyond the rank that the iteration carries. */
  oversampling: number;
  /** Products with W·Wᵀ after the first one with W. */
  iterations: number;
  seed: number;
}

/** What computes: our own native kernel, the same code as WebAssembly, TensorFlow's ops, or matrix products on a GPU. */
export const linalgKernels = ['native', 'wasm', 'tensorflow', 'webgpu'] as const;
export type LinalgKernel = (typeof linalgKernels)[number];

export interface LinalgOptions {
  /** Default `auto`: the fastest that starts here. */
  kernel?: LinalgKernel | 'auto';
  /** Matrices decomposed side by side, each on one core, so that results do not depend on it. Default: the cores of this process. */
  lanes?: number;
}

export interface CallOptions {
  /** Ends the call within a second with the error `aborted`. */
  signal?: AbortSignal;
  /** Cores for this one matrix (native kernel): for a single large one. Default 1. The last bits of the result may depend on it. */
  threads?: number;
}

/**
 * Calls may be made at once; each waits for a free lane. The data of a matrix is read before the call returns. Errors of every call: `matrix-not-finite`
 * (NaN or infinite values, with how many and where the first is), `matrix-empty`, `aborted`, `decomposition-failed`.
 */
export interface Linalg {
  readonly kernel: LinalgKernel;
  /** A name and version for caches and reports: results of another one may differ in their last bits. */
  readonly version: string;
  svd(w: Matrix, options?: CallOptions): Promise<Svd>;
  /** [k], descending. */
  singularValues(w: Matrix, options?: CallOptions): Promise<Float32Array>;
  /** Defaults: oversampling = rank (at least 16), iterations 4, seed 0; the sum is kept within k. */
  truncatedSvd(w: Matrix, rank: number, options?: CallOptions & Partial<TruncationSettings>): Promise<TruncatedSvd>;
  /** W = Q·R, Q m×k with orthonormal columns, R k×n upper triangular with a diagonal ≥ 0. */
  qr(w: Matrix, options?: CallOptions): Promise<{ q: Matrix; r: Matrix }>;
  /** Ends the lanes; calls in flight end with `aborted`. */
  close(): Promise<void>;
}
