/** Tensors: the tfjs API on a native backend. Models, adapters and losses are written against tfjs and `ops/`. */
import { RankwiseError } from '../base/errors.ts';
import { backendNamed } from './backends.ts';
import { defaultThreads } from './threads.ts';
import type { Capabilities, EngineOptions } from './types.ts';

export { adamwUpdate } from './adamw.ts';
export { bucketedStep, type Compilation, stepsShareWeights } from './buckets.ts';
export { doctor, presentBackends } from './doctor.ts';
export { frozenTensor } from './frozen.ts';
export { checkpoint, valueAndGradients } from './gradients/index.ts';
export { borrow, fromHost, sharesHostArrays, toHost } from './host.ts';
export { hostMemoryFault } from './host-memory.ts';
export { type MemoryStats, memoryStats } from './memory.ts';
export { processorName } from './processor.ts';
export { compileStep, eagerStep } from './step.ts';
export { defaultThreads } from './threads.ts';
export { decodeWeight, holdWeight, mapWeight } from './weights/formats.ts';
export { canMap } from './weights/mapping.ts';
export type { FrozenWeight, WeightDtype } from './weights/types.ts';

let started: Capabilities | undefined;

/**
 * Starts the backend that tensors live on; call it once per process, before any tensor is made. A second call answers the same.
 * @param options.backend default `onnxruntime`.
 * @param options.threads of the native kernels, default: all cores that the process may use. The same count gives the same bits.
 * @throws RankwiseError `backend-unavailable`, or `engine-started` when it already runs in another way.
 */
export async function startEngine(options: Partial<EngineOptions> = {}): Promise<Capabilities> {
  const name = options.backend ?? started?.backend ?? 'onnxruntime';
  const threads = options.threads ?? started?.threads ?? defaultThreads();
  if (started !== undefined) {
    if (started.threads === threads && started.backend === name) return started;
    throw new RankwiseError(
      'engine-started',
      `the engine already runs on ${started.backend} with ${started.threads} threads, not on ${name} with ${threads}`,
      {
        kind: 'runtime',
        field: 'training.backend',
        hint: 'Start another process for another backend or number of threads.',
      },
    );
  }
  const backend = backendNamed(name);
  if (backend === undefined)
    throw new RankwiseError('backend-unavailable', `this version of Rankwise does not support ${name} yet`, {
      kind: 'runtime',
      field: 'training.backend',
      hint: 'Use `auto` or `onnxruntime`.',
    });
  started = await backend.start({ ...options, backend: name, threads });
  return started;
}

/** @throws RankwiseError `engine-not-started`. */
export function capabilities(): Capabilities {
  if (started !== undefined) return started;
  throw new RankwiseError('engine-not-started', 'the engine has not been started', { kind: 'runtime' });
}
