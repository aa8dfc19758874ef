import type { BackendReport } from '../protocol/jobs.ts';
import { floats } from './onnxruntime/backend.ts';
import { loadBinding, ONNXRUNTIME_VERSION } from './onnxruntime/binding.ts';
import { floatValue, kernel } from './onnxruntime/route.ts';
import { KernelSessions } from './onnxruntime/sessions.ts';

/** What can start on this machine, and for what cannot, why and what to do. Starts each backend for real; never throws. */
export function doctor(): BackendReport[] {
  return [
    onnxruntime(),
    later('tensorflow', 'running on a local TensorFlow'),
    later('webgpu', 'running on the GPU through WebGPU'),
    later('cuda', 'running on CUDA'),
  ];
}

function onnxruntime(): BackendReport {
  const name = 'onnxruntime';
  try {
    multiply();
    return { name, available: true, version: ONNXRUNTIME_VERSION };
  } catch (error) {
    return {
      name,
      available: false,
      reason: (error as Error).message,
      fix:
        `Install onnxruntime-node ${ONNXRUNTIME_VERSION} again (npm ci, or reinstall the extension for this platform): it carries ` +
        'native libraries for Linux (x64, arm64; glibc), macOS (arm64) and Windows (x64, arm64).',
    };
  }
}

/** [1 2; 3 4]·[1 1; 1 1] on a native session of its own. */
function multiply(): void {
  const sessions = new KernelSessions(loadBinding(), 1);
  const product = floats(new Float32Array(4), [2, 2]);
  try {
    sessions.run(
      'MatMul',
      () =>
        kernel(
          [{ op: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
          [floatValue('a', 2), floatValue('b', 2)],
          [floatValue('y', 2)],
        ),
      { a: floats(Float32Array.of(1, 2, 3, 4), [2, 2]), b: floats(Float32Array.of(1, 1, 1, 1), [2, 2]) },
      { y: product },
    );
  } finally {
    sessions.dispose();
  }
  if (String(product.data) !== '3,3,7,7') throw new Error(`a product came out as ${product.data}, not 3,3,7,7`);
}

const later = (name: BackendReport['name'], what: string): BackendReport => ({
  name,
  available: false,
  reason: `This version of Rankwise does not support ${what} yet.`,
  fix: 'Use onnxruntime, the default, which needs nothing else.',
});
