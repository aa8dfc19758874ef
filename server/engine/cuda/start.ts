import type { BackendReport } from '../../protocol/jobs.ts';
import { LOAD_FOR_GOOD, preload } from '../graph/preload.ts';
import { cannotStart, startOnDevice } from '../graph/start.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from '../onnxruntime/binding.ts';
import type { Backend } from '../types.ts';
import { findDevice } from './device.ts';
import { hasProvider } from './installation.ts';
import { CudaRunner } from './runner.ts';

/** An NVIDIA GPU through onnxruntime's CUDA provider. As on `webgpu`, single kernels run on the CPU and compiled steps on the GPU. */
export const cuda: Backend = {
  name: 'cuda',

  async start({ threads, installed }) {
    const found = await findDevice(installed);
    if ('reason' in found) throw cannotStart('cuda', found);
    const { libraries, binding: copy } = found.installation;
    for (const { places } of libraries) places.some((file) => preload(file, LOAD_FOR_GOOD) === undefined);
    const binding = loadBinding(copy);
    return startOnDevice('cuda', found.device, threads, binding, new CudaRunner(binding));
  },

  present: ({ installed }) => hasProvider(installed),

  async report({ installed }): Promise<BackendReport> {
    const found = await findDevice(installed);
    if ('reason' in found) return { name: 'cuda', available: false, ...found };
    return { name: 'cuda', available: true, version: ONNXRUNTIME_VERSION, device: found.device };
  },
};
