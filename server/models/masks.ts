/** Additive attention masks: 0 where a query may look, far below any score elsewhere. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs } from './types.ts';

/** Finite, so that a row that may look nowhere (padding on the left) gives numbers and no NaN; its outputs mean nothing. */
export const hidden = -1e9;

/** attention_mask [batch, time] -> [batch, 1, 1, time]: every query sees the real tokens. */
export function paddingMask(attentionMask: Tensor): Tensor {
  const [batch, time] = attentionMask.shape as [number, number];
  return tf.mul(tf.sub(1, tf.cast(tf.reshape(attentionMask, [batch, 1, 1, time]), 'float32')), hidden);
}

/** Numbers of examples [batch, time] -> [batch, 1, time, time]: every query sees the tokens of its own example. */
function exampleMask(numbers: Tensor): Tensor {
  const [batch, time] = numbers.shape as [number, number];
  const own = tf.cast(numbers, 'float32');
  const same = tf.equal(tf.reshape(own, [batch, 1, time, 1]), tf.reshape(own, [batch, 1, 1, time]));
  return tf.mul(tf.sub(1, tf.cast(same, 'float32')), hidden);
}

/**
 * [batch, 1, time, time]: a query sees the real tokens up to its own position, of these the last `window` where there is one; in rows of
 * several examples those of its own.
 */
export function causalMask(
  { attention_mask, position_ids }: Pick<ModelInputs, 'attention_mask' | 'position_ids'>,
  window = Number.POSITIVE_INFINITY,
): Tensor {
  const time = attention_mask.shape[1]!;
  const unseen = new Float32Array(time * time);
  for (let query = 0; query < time; query++) {
    unseen.fill(hidden, query * time + query + 1, (query + 1) * time);
    if (query >= window) unseen.fill(hidden, query * time, query * time + query - window + 1);
  }
  const seen = position_ids ? exampleMask(attention_mask) : paddingMask(attention_mask);
  return tf.minimum(seen, tf.tensor(unseen, [1, 1, time, time]));
}
