import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';
import type { BackendReport } from '../../protocol/jobs.ts';
import { LOAD_FOR_GOOD, preload } from '../graph/preload.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
import { BACKEND, registerBackend } from '../onnxruntime/register.ts';
import type { Backend } from '../types.ts';
import { findDevice } from './device.ts';
import { hasProvider } from './installation.ts';
import { CudaRunner } from './runner.ts';

/** An NVIDIA GPU through onnxruntime's CUDA provider. As on `webgpu`, single kernels run on the CPU and compiled steps on the GPU. */
export const cuda: Backend = {
  name: 'cuda',

  async start({ threads, installed }) {
    const found = await findDevice(installed);
    if ('reason' in found)
      throw new RankwiseError('backend-unavailable', `cuda cannot start: ${found.reason}`, {
        kind: 'runtime',
        field: 'training.backend',
        hint: found.fix,
      });
    const { libraries, binding: copy } = found.installation;
    for (const { places } of libraries) places.some((file) => preload(file, LOAD_FOR_GOOD) === undefined);
    const binding = loadBinding(copy);
    registerBackend(binding, threads);
    await tf.setBackend(BACKEND);
    (tf.backend() as OnnxRuntimeBackend).runner = new CudaRunner(binding);
    return {
      backend: 'cuda',
      provider: 'cuda',
      device: found.device,
      threads,
      versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
    };
  },

  present: ({ installed }) => hasProvider(installed),

  async report({ installed }): Promise<BackendReport> {
    const found = await findDevice(installed);
    if ('reason' in found) return { name: 'cuda', available: false, ...found };
    return { name: 'cuda', available: true, version: ONNXRUNTIME_VERSION, device: found.device };
  },
};
