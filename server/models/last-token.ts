import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs } from './types.ts';

/**
 * The hidden state that a decoder's classification head reads: [batch, time, hidden] -> [batch, hidden]. As in transformers, it is the
 * last token that is not `pad` by its id, whichever side the padding is on; the first one where all are. transformers takes one row at a
 * time where the config names no padding token; here the attention mask then says what is real.
 */
export function lastToken(x: Tensor, { input_ids, attention_mask }: ModelInputs, pad: number | undefined): Tensor {
  const [batch, time, hidden] = x.shape as [number, number, number];
  const real = pad === undefined ? attention_mask : tf.notEqual(input_ids, tf.scalar(pad, 'int32'));
  const places = tf.range(0, time, 1, 'float32');
  const last = tf.max(tf.mul(tf.cast(real, 'float32'), places), 1, true);
  const chosen = tf.cast(tf.equal(places, last), 'float32');
  return tf.reshape(tf.matMul(tf.reshape(chosen, [batch, 1, time]), x), [batch, hidden]);
}
