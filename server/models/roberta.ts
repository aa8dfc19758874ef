import * as tf from '@tensorflow/tfjs-core';
import { encoderTasks } from '../architectures/encoder-family.ts';
import { robertaConfig } from '../architectures/roberta.ts';
import { encode, firstToken } from './encoder.ts';
import { countedPositions } from './positions.ts';
import type { ModelFamily } from './types.ts';

/** RobertaForSequenceClassification: a two-layer head on the first token. Liu et al., https://arxiv.org/abs/1907.11692. */
export const roberta: ModelFamily = {
  id: 'roberta',
  tasks: encoderTasks,
  padTokenId: (config) => robertaConfig(config).padTokenId,

  logits(config, _task, params, inputs) {
    const c = robertaConfig(config);
    // What is padding goes by the ids, not by the attention mask, as in transformers.
    const real = tf.notEqual(inputs.input_ids, tf.scalar(c.padTokenId, 'int32'));
    const hidden = encode(c, 'roberta', params, inputs, countedPositions(real, c.padTokenId));
    const dense = tf.tanh(params.linear('classifier.dense', firstToken(hidden)));
    return params.linear('classifier.out_proj', dense);
  },
};
