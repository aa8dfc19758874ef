import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';
import type { BackendReport } from '../../protocol/jobs.ts';
import { LOAD_FOR_GOOD, preload } from '../graph/preload.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
import { BACKEND, registerBackend } from '../onnxruntime/register.ts';
import type { Backend } from '../types.ts';
import { findAdapter } from './adapter.ts';
import { hasGpu } from './devices.ts';
import { WebGpuRunner } from './runner.ts';
import { vulkanLoaders } from './vulkan.ts';

/**
 * Any GPU that Vulkan, Direct3D 12 or Metal drives. Tensors live in the host's memory and single kernels run on the CPU, as on the
 * `onnxruntime` backend; compiled steps run on the GPU as a whole, and the frozen weights stay there.
 */
export const webgpu: Backend = {
  name: 'webgpu',

  async start({ threads }) {
    const found = await findAdapter();
    if ('reason' in found)
      throw new RankwiseError('backend-unavailable', `webgpu cannot start: ${found.reason}`, {
        kind: 'runtime',
        field: 'training.backend',
        hint: found.fix,
      });
    vulkanLoaders().some((file) => preload(file, LOAD_FOR_GOOD) === undefined);
    const binding = loadBinding();
    registerBackend(binding, threads);
    await tf.setBackend(BACKEND);
    (tf.backend() as OnnxRuntimeBackend).runner = new WebGpuRunner(binding);
    return {
      backend: 'webgpu',
      provider: 'webgpu',
      device: found.device,
      threads,
      versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
    };
  },

  present: hasGpu,

  async report(): Promise<BackendReport> {
    const found = await findAdapter();
    if ('reason' in found) return { name: 'webgpu', available: false, ...found };
    const { device, software } = found;
    return {
      name: 'webgpu',
      available: true,
      version: ONNXRUNTIME_VERSION,
      device,
      ...(software && {
        software,
        reason: `${device} is software: it computes on the processor, slower than \`onnxruntime\`. It is never chosen by itself.`,
      }),
    };
  },
};
