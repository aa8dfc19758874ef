/** Additive attention masks: 0 where a query may look, far below any score elsewhere. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Finite, so that a row that may look nowhere (padding on the left) gives numbers and no NaN; its outputs mean nothing. */
const hidden = -1e9;

/** attention_mask [batch, time] -> [batch, 1, 1, time]: every query sees the real tokens. */
export function paddingMask(attentionMask: Tensor): Tensor {
  const [batch, time] = attentionMask.shape as [number, number];
  return tf.mul(tf.sub(1, tf.cast(tf.reshape(attentionMask, [batch, 1, 1, time]), 'float32')), hidden);
}

/**
 * attention_mask [batch, time] -> [batch, 1, time, time]: a query sees the real tokens up to its own position, of these the last `window`
 * where there is one.
 */
export function causalMask(attentionMask: Tensor, window = Number.POSITIVE_INFINITY): Tensor {
  const time = attentionMask.shape[1]!;
  const unseen = new Float32Array(time * time);
  for (let query = 0; query < time; query++) {
    unseen.fill(hidden, query * time + query + 1, (query + 1) * time);
    if (query >= window) unseen.fill(hidden, query * time, query * time + query - window + 1);
  }
  return tf.minimum(paddingMask(attentionMask), tf.tensor(unseen, [1, 1, time, time]));
}
