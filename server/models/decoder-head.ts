/** The heads of decoders: the next token of every position, or classes of the text from its last token. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelConfig } from '../architectures/types.ts';
import type { ModelInputs, Params } from './types.ts';

/** config.json's `pad_token_id`; undefined where there is none (absent, null, −1). */
export function padTokenOf({ pad_token_id: id }: ModelConfig, vocab: number): number | undefined {
  return typeof id === 'number' && id >= 0 && id < vocab ? id : undefined;
}

/** x: [batch, time, hidden] -> causal-lm: [batch, time, vocab]; classification: [batch, labels]. */
export const decoderHead = (task: string, params: Params, x: Tensor, inputs: ModelInputs, pad?: number): Tensor =>
  task === 'causal-lm' ? params.linear('lm_head', x) : params.linear('score', lastToken(x, inputs, pad));

/**
 * The hidden state of each row's last token that is not padding, the first where all are: [batch, time, hidden] -> [batch, hidden]. It goes by
 * the ids, as in transformers; by the attention mask for a model without a padding token.
 */
function lastToken(x: Tensor, { input_ids, attention_mask }: ModelInputs, pad: number | undefined): Tensor {
  const [batch, time, hidden] = x.shape as [number, number, number];
  const real = pad === undefined ? attention_mask : tf.notEqual(input_ids, tf.scalar(pad, 'int32'));
  const places = tf.range(0, time, 1, 'float32');
  const last = tf.max(tf.mul(tf.cast(real, 'float32'), places), 1, true);
  // A product picks the row: its gradient is one as well.
  const picked = tf.reshape(tf.cast(tf.equal(places, last), 'float32'), [batch, 1, time]);
  return tf.reshape(tf.matMul(picked, x), [batch, hidden]);
}
