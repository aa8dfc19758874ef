import * as tf from '@tensorflow/tfjs-core';
import type { BackendReport } from '../../protocol/jobs.ts';
import { processorName } from '../processor.ts';
import type { Backend } from '../types.ts';
import { floats } from './backend.ts';
import { loadBinding, ONNXRUNTIME_VERSION, REINSTALL } from './binding.ts';
import { BACKEND, registerBackend } from './register.ts';
import { floatValue, kernel } from './route.ts';
import { KernelSessions } from './sessions.ts';

/** onnxruntime on the CPU: ships with Rankwise and is the reference for all others. */
export const onnxruntime: Backend = {
  name: BACKEND,

  async start({ threads }) {
    registerBackend(loadBinding(), threads);
    await tf.setBackend(BACKEND);
    return {
      backend: BACKEND,
      provider: 'cpu',
      device: processorName(),
      threads,
      versions: { 'onnxruntime-node': ONNXRUNTIME_VERSION, '@tensorflow/tfjs-core': tf.version_core },
    };
  },

  present: () => true,

  async report(): Promise<BackendReport> {
    try {
      multiply();
      return { name: BACKEND, available: true, version: ONNXRUNTIME_VERSION, device: processorName() };
    } catch (error) {
      return {
        name: BACKEND,
        available: false,
        reason: (error as Error).message,
        fix: REINSTALL,
      };
    }
  },
};

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
