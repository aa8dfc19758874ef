import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type DistilBertConfig, distilbertConfig } from '../architectures/distilbert.ts';
import { encoderTasks } from '../architectures/encoder-family.ts';
import { attention } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { firstToken } from './encoder.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { paddingMask } from './masks.ts';
import { norm } from './norm.ts';
import type { ModelFamily, ModelInputs, Params } from './types.ts';

/** DistilBertForSequenceClassification: BERT without token types and pooler. Sanh et al., https://arxiv.org/abs/1910.01108. */
export const distilbert: ModelFamily = {
  id: 'distilbert',
  tasks: encoderTasks,
  padTokenId: (config) => distilbertConfig(config).padTokenId,

  logits(config, _task, params, inputs) {
    const c = distilbertConfig(config);
    const mask = paddingMask(inputs.attention_mask);
    let x = embed(params, inputs);
    for (let i = 0; i < c.layers; i++)
      x = params.layer((x, mask) => layer(c, params, `distilbert.transformer.layer.${i}`, x!, mask!), [x, mask]);
    const dense = tf.relu(params.linear('pre_classifier', firstToken(x)));
    return params.linear('classifier', dense);
  },
};

/** The config has no field for it. */
const EPS = 1e-12;

function embed(params: Params, { input_ids }: ModelInputs): Tensor {
  const at = 'distilbert.embeddings';
  const words = params.embedding(`${at}.word_embeddings`, input_ids);
  const positions = params.embedding(`${at}.position_embeddings`, tf.range(0, input_ids.shape[1]!, 1, 'int32'));
  return norm(params, `${at}.LayerNorm`, tf.add(words, positions), EPS);
}

/** x: [batch, time, hidden] -> the same shape. mask: [batch, 1, 1, time]. */
function layer(c: DistilBertConfig, params: Params, at: string, x: Tensor, mask: Tensor): Tensor {
  const heads = (name: string) => splitHeads(params.linear(`${at}.attention.${name}`, x), c.heads);
  const context = attention(heads('q_lin'), heads('k_lin'), heads('v_lin'), mask, (c.hidden / c.heads) ** -0.5);
  const projected = params.linear(`${at}.attention.out_lin`, mergeHeads(context));
  const attended = norm(params, `${at}.sa_layer_norm`, tf.add(projected, x), EPS);
  const wide = activate(c.activation, params.linear(`${at}.ffn.lin1`, attended));
  const narrow = params.linear(`${at}.ffn.lin2`, wide);
  return norm(params, `${at}.output_layer_norm`, tf.add(narrow, attended), EPS);
}
