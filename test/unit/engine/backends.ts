import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '../../../server/engine/index.ts';

/** Starts the engine and answers with the backends that every op must agree on. */
export const BACKENDS = ['cpu', 'onnxruntime'] as const;

export async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  await startEngine({ threads: 2 });
  await tf.setBackend(name);
}
