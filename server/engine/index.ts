/** Tensors: the tfjs API on a native backend. Models, adapters and losses are written against tfjs and `ops/`. */
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from './onnxruntime/binding.ts';
import { BACKEND, registerBackend } from './onnxruntime/register.ts';
import type { Capabilities, EngineOptions } from './types.ts';

export { doctor } from './doctor.ts';
export { valueAndGradients } from './gradients/index.ts';
export { fromHost, toHost } from './host.ts';
export { type MemoryStats, memoryStats } from './memory.ts';
export { compileStep } from './step.ts';

let started: Capabilities | undefined;

/**
 * Starts the backend that tensors live on; call it once per process, before any tensor is made. A second call answers the same.
 * @param options.threads of the native kernels, default: all cores. The same count gives the same bits.
 * @throws RankwiseError `backend-unavailable`, or `engine-started` when it already runs with another number of threads.
 */
export async function startEngine(options: Partial<EngineOptions> = {}): Promise<Capabilities> {
  const threads = options.threads ?? started?.threads ?? availableParallelism();
  if (started !== undefined) {
    if (started.threads === threads) return started;
    throw new RankwiseError(
      'engine-started',
      `the engine already runs with ${started.threads} threads, not ${threads}`,
      {
        kind: 'runtime',
        field: 'training.threads',
        hint: 'Start another process for another number of threads.',
      },
    );
  }
  registerBackend(loadBinding(), threads);
  await tf.setBackend(BACKEND);
  started = {
    backend: BACKEND,
    provider: 'cpu',
    threads,
    versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
  };
  return started;
}

/** @throws RankwiseError `engine-not-started`. */
export function capabilities(): Capabilities {
  if (started !== undefined) return started;
  throw new RankwiseError('engine-not-started', 'the engine has not been started', { kind: 'runtime' });
}
