import type { BackendReport } from '../../protocol/jobs.ts';
import { LOAD_FOR_GOOD, preload } from '../graph/preload.ts';
import { cannotStart, startOnDevice } from '../graph/start.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
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
    if ('reason' in found) throw cannotStart('webgpu', found);
    vulkanLoaders().some((file) => preload(file, LOAD_FOR_GOOD) === undefined);
    const binding = loadBinding();
    return startOnDevice('webgpu', found.device, threads, binding, new WebGpuRunner(binding));
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
