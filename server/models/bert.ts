import * as tf from '@tensorflow/tfjs-core';
import { bertConfig } from '../architectures/bert.ts';
import { encoderTasks } from '../architectures/encoder-family.ts';
import { encode, firstToken } from './encoder.ts';
import type { ModelFamily } from './types.ts';

/** BertForSequenceClassification: the pooler reads the first token, the classifier the pooler. Devlin et al., https://arxiv.org/abs/1810.04805. */
export const bert: ModelFamily = {
  id: 'bert',
  tasks: encoderTasks,
  padTokenId: (config) => bertConfig(config).padTokenId,

  logits(config, _task, params, inputs) {
    const length = inputs.input_ids.shape[1]!;
    const hidden = encode(bertConfig(config), 'bert', params, inputs, tf.range(0, length, 1, 'int32'));
    const pooled = tf.tanh(params.linear('bert.pooler.dense', firstToken(hidden)));
    return params.linear('classifier', pooled);
  },
};
