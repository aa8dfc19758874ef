import type {
  CallOptions,
  LinalgKernel,
  Matrix,
  Svd,
  TruncatedSvd,
  TruncationSettings,
} from '../engine/linalg/types.ts';

/** A matrix with the bytes that it was read from, which name it in the cache: reading them is cheaper than hashing a copy. */
export interface StoredMatrix extends Matrix {
  /** As stored: dtype ("F32", "BF16", …) and the tensor's bytes. Absent: float32 as in `data`. */
  stored?: { dtype: string; bytes: Uint8Array };
}

/**
 * Decompositions that are computed once: each is kept on disk under the SHA-256 of the stored bytes, dtype, shape, what was asked for, and the kernel's
 * version. No kernel starts while the cache has everything. Errors: those of `Linalg`; the cache itself never fails a call.
 */
export interface Factors {
  /** What has computed; absent while everything came from the cache. */
  readonly kernel?: LinalgKernel | undefined;
  /** Where the cache and shared factors are; absent: nothing is kept, and factors of saved adapters are taken as they are computed. */
  readonly home?: string | undefined;
  singularValues(w: StoredMatrix, options?: CallOptions): Promise<Values>;
  svd(w: StoredMatrix, options?: CallOptions): Promise<Svd & Found>;
  truncatedSvd(
    w: StoredMatrix,
    rank: number,
    options?: CallOptions & Partial<TruncationSettings>,
  ): Promise<TruncatedSvd & Found>;
  close(): Promise<void>;
}

export interface Found {
  cached: boolean;
  /** Spent on this call, the cache included. */
  seconds: number;
}

export interface Values extends Found {
  /** [min(m, n)], descending. */
  values: Float32Array;
  /** |‖W‖_F − ‖σ‖₂| / ‖W‖_F; 0 for a zero matrix. */
  residual: number;
}
