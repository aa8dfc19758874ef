import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { robertaConfig } from '../architectures/roberta.ts';
import { encode, firstToken } from './encoder.ts';
import type { ModelFamily } from './types.ts';

/** RobertaForSequenceClassification: a two-layer head on the first token. Liu et al., https://arxiv.org/abs/1907.11692. */
export const roberta: ModelFamily = {
  id: 'roberta',
  tasks: ['sequence-classification', 'regression'],
  padTokenId: (config) => robertaConfig(config).padTokenId,

  logits(config, _task, params, inputs) {
    const c = robertaConfig(config);
    const hidden = encode(c, 'roberta', params, inputs, positions(inputs.input_ids, c.padTokenId));
    const dense = tf.tanh(params.linear('classifier.dense', firstToken(hidden)));
    return params.linear('classifier.out_proj', dense);
  },
};

/**
 * [batch, time] int32: tokens that are not padding count from pad + 1, padding stays at pad. It goes by the ids, not by the
 * attention mask, as in transformers. Running sums of small whole numbers are exact in float32.
 */
function positions(ids: Tensor, pad: number): Tensor {
  const real = tf.cast(tf.notEqual(ids, tf.scalar(pad, 'int32')), 'float32');
  return tf.cast(tf.add(tf.mul(tf.cumsum(real, 1), real), pad), 'int32');
}
