import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../../base/errors.ts';
import type { BackendReport } from '../../protocol/jobs.ts';
import type { OnnxRuntimeBackend } from '../onnxruntime/backend.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
import { BACKEND, registerBackend } from '../onnxruntime/register.ts';
import type { Backend } from '../types.ts';
import { probe } from './probe.ts';
import { WebGpuRunner } from './runner.ts';
import { preload, vulkanLoaders } from './vulkan.ts';

/**
 * Any GPU that Vulkan, Direct3D 12 or Metal drives. Tensors live in the host's memory and single kernels run on the CPU, as on the
 * `onnxruntime` backend; compiled steps run on the GPU as a whole, and the frozen weights stay there.
 */
export const webgpu: Backend = {
  name: 'webgpu',

  async start({ threads }) {
    const { device, reason, fix } = probe();
    if (device === undefined) throw unavailable(reason, fix);
    if (process.platform === 'linux') vulkanLoaders().some((file) => preload(file) === undefined);
    registerBackend(loadBinding(), threads);
    await tf.setBackend(BACKEND);
    (tf.backend() as OnnxRuntimeBackend).runner = new WebGpuRunner(loadBinding());
    return {
      backend: 'webgpu',
      provider: 'webgpu',
      device,
      threads,
      versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
    };
  },

  async report(): Promise<BackendReport> {
    const { device, software, reason, fix } = probe();
    const about = { name: 'webgpu', version: ONNXRUNTIME_VERSION } as const;
    if (device === undefined) return { ...about, available: false, reason, fix };
    return { ...about, available: true, device, ...(software && { software }) };
  },
};

const unavailable = (reason: string, hint: string): RankwiseError =>
  new RankwiseError('backend-unavailable', `webgpu cannot start: ${reason}`, {
    kind: 'runtime',
    field: 'training.backend',
    hint,
  });
