import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { raw, type TensorFlowBackend } from '../raw.ts';

/** tfjs-node has no kernel for it; along the last axis. */
const LogSoftmax: KernelFunc = ({ inputs, backend }) =>
  raw(backend as TensorFlowBackend, 'LogSoftmax', [inputs.logits as TensorInfo], { types: { T: 'float32' } })[0]!;

export const softmax = { LogSoftmax };
