import type { createRequire } from 'node:module';

/** What of `@tensorflow/tfjs-node` is used beside its registrations. */
export interface TfjsNode {
  backend(): unknown;
  matMul(a: number[][], b: number[][]): { dataSync(): Float32Array };
}

export interface LoadOptions {
  /** The folder whose node_modules hold the package. */
  folder: string;
  package: string;
  threads: number;
}

/**
 * Loads tfjs-node and, with it, TensorFlow. It is self-contained, for the doctor runs its very text in a process of its own
 * (probe.ts). Throws what the package or the system's loader throws.
 */
export function loadTfjsNode(makeRequire: typeof createRequire, options: LoadOptions): TfjsNode {
  const require = makeRequire(`${options.folder}/package.json`);
  // Read by TensorFlow when it makes its thread pools; operations run one after the other.
  process.env.TF_NUM_INTRAOP_THREADS = String(options.threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Else it takes all memory of a GPU at once, and neither a second run nor the doctor starts beside it.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Where a kernel of a GPU has an exact and a fast way: the same recipe gives the same bits.
  process.env.TF_DETERMINISTIC_OPS ??= '1';
  // tfjs-node 4.22 calls these; Node 22 warns about them and Node 23 has them no more.
  Object.assign(require('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  const before = process.noDeprecation === true;
  process.noDeprecation = true;
  try {
    return require(options.package) as TfjsNode;
  } finally {
    process.noDeprecation = before;
  }
}
