import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '../../../server/engine/index.ts';

type Name = 'cpu' | 'onnxruntime' | 'tensorflow';

/** The backends that every op must agree on: in the project `tensorflow` that one, which its setup has started. */
export const BACKENDS: readonly Name[] = tf.findBackendFactory('tensorflow') ? ['tensorflow'] : ['cpu', 'onnxruntime'];

/** Starts the engine and makes one of them the backend in use. */
export async function useBackend(name: Name): Promise<void> {
  await startEngine({ threads: 2 });
  await tf.setBackend(name);
}
