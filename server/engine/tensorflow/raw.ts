/** TensorFlow's own kernels by name, through tfjs-node's backend. */
import * as tf from '@tensorflow/tfjs-core';

type Constant = 'TF_FLOAT' | 'TF_INT32' | 'TF_BOOL' | 'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_INT';
type Type = 'float32' | 'int32' | 'bool';

/** The part of tfjs-node's backend that reaches TensorFlow; it is public in JavaScript, and the version is pinned. */
export interface TensorFlowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: Record<Constant, number> & { TF_Version: string };
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: readonly tf.TensorInfo[],
    count: number,
  ): tf.Tensor[];
}

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

export interface RawAttributes {
  types?: Record<string, Type>;
  bools?: Record<string, boolean>;
  ints?: Record<string, number>;
}

const TYPES: Record<Type, Constant> = { float32: 'TF_FLOAT', int32: 'TF_INT32', bool: 'TF_BOOL' };

/**
 * Runs one TensorFlow kernel with its attributes as TensorFlow's documentation of raw operations names them. Throws TensorFlow's message
 * when the kernel refuses its input.
 */
export function raw(
  backend: TensorFlowBackend,
  kernel: string,
  inputs: readonly tf.TensorInfo[],
  { types = {}, bools = {}, ints = {} }: RawAttributes = {},
  outputs = 1,
): tf.Tensor[] {
  const { binding } = backend;
  const attributes: Attribute[] = [
    ...Object.entries(types).map(([name, type]) => ({
      name,
      type: binding.TF_ATTR_TYPE,
      value: binding[TYPES[type]],
    })),
    ...Object.entries(bools).map(([name, value]) => ({ name, type: binding.TF_ATTR_BOOL, value })),
    ...Object.entries(ints).map(([name, value]) => ({ name, type: binding.TF_ATTR_INT, value })),
  ];
  return backend.executeMultipleOutputs(kernel, attributes, inputs, outputs);
}

/** The backend in use. Throws when it is another one than TensorFlow's. */
export function tensorflowBackend(): TensorFlowBackend {
  if (tf.getBackend() !== 'tensorflow') throw new Error(`the backend in use is ${tf.getBackend()}, not tensorflow`);
  return tf.backend() as unknown as TensorFlowBackend;
}
