import * as tf from '@tensorflow/tfjs-core';
import { OnnxRuntimeBackend } from './onnxruntime/backend.ts';
import { decodeWeight } from './weights/formats.ts';
import type { FrozenWeight } from './weights/types.ts';

/**
 * A float32 tensor on a weight that stays held as it is, in memory or in its file: recorded steps decode it in their graph. On a backend
 * that has no such tensors it becomes a plain one.
 */
export function frozenTensor(weight: FrozenWeight): tf.Tensor {
  const backend = tf.backend();
  if (!(backend instanceof OnnxRuntimeBackend)) return tf.tensor(decodeWeight(weight), [...weight.shape], 'float32');
  return tf.engine().makeTensorFromTensorInfo(backend.weight(weight));
}
