import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../base/tensor.ts';
import { OnnxRuntimeBackend } from './onnxruntime/backend.ts';

/**
 * A float32 tensor on the array of `host`, without a copy: weights exist once. The array must stay as it is while the tensor lives.
 */
export function fromHost(host: HostTensor): tf.Tensor {
  return tf.tensor(host.data, host.shape, 'float32');
}

/** A copy of the tensor's values, as float32. The tensor stays the caller's. */
export function toHost(tensor: tf.Tensor): HostTensor {
  return { shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) };
}

/** The tensor's values without a copy where the backend can: valid until the tensor is disposed, and not to be written to. */
export function borrow(tensor: tf.Tensor): Float32Array {
  const backend = tf.backend();
  return backend instanceof OnnxRuntimeBackend ? backend.float32(tensor) : tensor.dataSync<'float32'>();
}

/** Whether a tensor made by `fromHost` shows what is written to its array later; elsewhere the backend has taken a copy. */
export const sharesHostArrays = (): boolean => tf.backend() instanceof OnnxRuntimeBackend;
