import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../base/tensor.ts';
import { defineOp } from './define.ts';

const forward = defineOp<'weight' | 'ids'>({
  name: 'Embedding',
  inputs: ['weight', 'ids'],
  compose: ({ weight, ids }) => tf.gather(weight, ids),
  gradient: (dy, { weight, ids }) => ({ weight: () => backward({ ids, dy }, { rows: weight.shape[0]! })[0]! }),
});

/** Adds each row of dy to the row of the result that its id names: [rows, hidden]. */
const backward = defineOp<'ids' | 'dy', { rows: number }>({
  name: 'EmbeddingGrad',
  inputs: ['ids', 'dy'],
  compose: ({ ids, dy }, { rows }) => {
    const count = sizeOf(ids.shape);
    // Not tfjs's own gradient of gather: its segment sum compares every row with every id. scatterND adds up repeated rows.
    const updates = tf.reshape(dy, [count, -1]);
    return tf.scatterND(tf.reshape(ids, [count, 1]), updates, [rows, updates.shape[1]!]);
  },
});

/** Rows of a table. weight: [rows, hidden], ids: int32 of any shape, each in [0, rows) -> [...ids.shape, hidden]. */
export const embedding = (weight: tf.Tensor, ids: tf.Tensor): tf.Tensor => forward({ weight, ids }, {})[0]!;
