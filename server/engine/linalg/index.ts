/** Linear algebra beside the tensors: decompositions of weight matrices in host memory. */
import { RankwiseError } from '../../base/errors.ts';
import { defaultThreads } from '../threads.ts';
import { KERNEL_VERSION } from './files.ts';
import { kernelLinalg } from './linalg.ts';
import { loadNative, nativeLane } from './native.ts';
import type { Linalg, LinalgKernel, LinalgOptions } from './types.ts';
import { wasmLane } from './wasm.ts';

export type * from './types.ts';

/** Errors: `linalg-unavailable` where the kernel that was asked for does not start here. */
export async function startLinalg(options: LinalgOptions = {}): Promise<Linalg> {
  const kernel = chosenKernel(options);
  const lanes = options.lanes ?? defaultThreads();
  const own = (name: 'native' | 'wasm') =>
    kernelLinalg(name, versionOf(name), lanes, name === 'native' ? nativeLane : wasmLane);
  switch (kernel) {
    case 'tensorflow':
      await demandBackend(kernel, ['tensorflow']);
      return (await import('./tensorflow.ts')).tensorflowLinalg(versionOf(kernel));
    case 'webgpu':
      await demandBackend(kernel, ['webgpu', 'cuda', 'onnxruntime']);
      return (await import('./webgpu.ts')).webgpuLinalg(versionOf(kernel), own(ownKernel()));
    default:
      return own(kernel);
  }
}

/** What `startLinalg` would start, as `Linalg.version` says it; starts nothing. Errors: the same. */
export const linalgVersion = (options: LinalgOptions = {}): string => versionOf(chosenKernel(options));

/** `auto` is the native kernel: the fastest wherever it was measured (docs/SVD.md). */
function chosenKernel({ kernel = 'auto' }: LinalgOptions): LinalgKernel {
  if (kernel === 'auto') return ownKernel();
  if (kernel !== 'native') return kernel;
  try {
    loadNative();
    return kernel;
  } catch (cause) {
    throw new RankwiseError('linalg-unavailable', `The native kernel does not start: ${(cause as Error).message}`, {
      kind: 'runtime',
      hint: 'Choose `auto` or `wasm`, which is the same in slower.',
      cause,
    });
  }
}

/** These compute on the engine, which must have been started with a backend of theirs. */
async function demandBackend(kernel: LinalgKernel, backends: string[]): Promise<void> {
  const { backend } = (await import('../index.ts')).capabilities();
  if (!backends.includes(backend))
    throw new RankwiseError(
      'linalg-unavailable',
      `Decompositions by ${kernel} need its backend; ${backend} is in use.`,
      {
        kind: 'runtime',
        hint: 'Choose `auto`.',
      },
    );
}

function ownKernel(): 'native' | 'wasm' {
  try {
    loadNative();
    return 'native';
  } catch {
    return 'wasm'; // the same code, built for every platform
  }
}

const versionOf = (kernel: LinalgKernel): string => `${kernel} ${KERNEL_VERSION}`;
