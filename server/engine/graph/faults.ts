import { RankwiseError } from '../../base/errors.ts';
import { hostMemoryFault } from '../host-memory.ts';

/**
 * What the libraries say when the device has no room (Vulkan, Direct3D, Metal, WebGPU's limits, CUDA). WebGPU gives an invalid buffer
 * and complains of its first use.
 */
const NO_ROOM =
  /\[Invalid Buffer|out[ _]of[ _](device[ _])?memory|OUT_OF_(DEVICE|HOST)_MEMORY|CUDA failure 2:|E_OUTOFMEMORY|max buffer size limit|Failed to allocate memory|CUBLAS_STATUS_ALLOC_FAILED/i;
/** ... and when it has gone away: a reset driver, an unplugged GPU, a hang that the system ended; in some places, no room too. */
const LOST =
  /device (is|was) lost|device lost|\bis lost\b|DEVICE_LOST|DEVICE_REMOVED|DEVICE_HUNG|DEVICE_RESET|CUDA failure (46|100|719|999):|has fallen off the bus|(Invalid|Destroyed) Device\b/i;

/** A native error on a GPU as one that says what to do next; `doing` completes "while …". */
export function gpuFault(error: unknown, provider: string, doing: string): RankwiseError {
  if (error instanceof RankwiseError) return error;
  const { message } = error as Error;
  const about = `${provider}: ${firstLine(message)} (while ${doing})`;
  if (LOST.test(message))
    return new RankwiseError('gpu-lost', `the GPU went away; ${about}`, {
      kind: 'runtime',
      hint:
        'Resume the run: it goes on from its last checkpoint. If it happens again at once, the GPU may be out of memory: lower ' +
        'training.batch_size or data.max_length, or use `training.backend: onnxruntime`.',
      cause: error,
    });
  if (NO_ROOM.test(message))
    return new RankwiseError('out-of-device-memory', `the GPU has no memory left; ${about}`, {
      kind: 'runtime',
      field: 'training.backend',
      hint:
        'Lower training.batch_size or data.max_length (gradient_accumulation_steps keeps the effective batch as it is), close other ' +
        'programs that use the GPU, or use `training.backend: onnxruntime`; then resume the run.',
      cause: error,
    });
  const host = hostMemoryFault(error, doing);
  if (host) return host;
  return new RankwiseError('gpu-failed', `the GPU reported an error; ${about}`, {
    kind: 'runtime',
    field: 'training.backend',
    hint: 'Run `rankwise doctor`; `training.backend: onnxruntime` works without a GPU.',
    cause: error,
  });
}

/** The part of a native message that is for people: no source files, no stack. */
const firstLine = (message: string): string =>
  message
    .split('\n')
    .find((line) => line.trim() !== '')!
    .replace(/^.*was false\. /, '')
    .replace(/^\/\S+:\d+ .*?(?=CUDA failure|$)/, '')
    .trim() || 'no reason given';
