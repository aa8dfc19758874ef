import * as tf from '@tensorflow/tfjs-core';
import { raw, type TensorFlowBackend } from '../raw.ts';

/** The op `embedding`. tfjs-node's own gather reads every index back to check it, which ends a GPU's queue. */
const Embedding: tf.KernelFunc = ({ inputs, backend }) =>
  tf.tidy(() => {
    const axis = tf.scalar(0, 'int32');
    const types = { Tparams: 'float32', Tindices: 'int32', Taxis: 'int32' } as const;
    const [weight, ids] = [inputs.weight as tf.TensorInfo, inputs.ids as tf.TensorInfo];
    return raw(backend as TensorFlowBackend, 'GatherV2', [weight, ids, axis], { types, ints: { batch_dims: 0 } })[0]!;
  });

export const rows = { Embedding };
