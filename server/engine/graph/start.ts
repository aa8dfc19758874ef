import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import { type Binding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
import { BACKEND, registerBackend } from '../onnxruntime/register.ts';
import type { BackendName, Capabilities } from '../types.ts';
import type { GraphRunner } from './types.ts';

/** A device that does not start, as an error. */
export const cannotStart = (name: BackendName, { reason, fix }: { reason: string; fix: string }): RankwiseError =>
  new RankwiseError('backend-unavailable', `${name} cannot start: ${reason}`, {
    kind: 'runtime',
    field: 'training.backend',
    hint: fix,
  });

/** Makes the tfjs backend the current one, with compiled steps on a device: single kernels and tensors stay on the processor. */
export async function startOnDevice(
  name: BackendName,
  device: string,
  threads: number,
  binding: Binding,
  runner: GraphRunner,
): Promise<Capabilities> {
  registerBackend(binding, threads);
  await tf.setBackend(BACKEND);
  (tf.backend() as OnnxRuntimeBackend).runner = runner;
  return {
    backend: name,
    provider: runner.provider,
    device,
    threads,
    versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
  };
}
