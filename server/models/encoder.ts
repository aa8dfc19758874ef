/** What BERT's relatives share: embeddings, the post-norm layer, the first token; transformers' names below the prefix. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { BertConfig } from '../architectures/encoder.ts';
import type { Activation } from '../architectures/fields.ts';
import { attention } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { paddingMask } from './masks.ts';
import { norm } from './norm.ts';
import type { ModelInputs, Params } from './types.ts';

/** Last hidden states [batch, time, hidden]. `prefix`: "bert" or "roberta"; `positions`: int32, [time] or [batch, time]. */
export function encode(c: BertConfig, prefix: string, params: Params, inputs: ModelInputs, positions: Tensor): Tensor {
  const mask = paddingMask(inputs.attention_mask);
  let x = embed(c, `${prefix}.embeddings`, params, inputs, positions);
  for (let i = 0; i < c.layers; i++)
    x = params.layer((x, mask) => layer(c, params, `${prefix}.encoder.layer.${i}`, x!, mask!), [x, mask]);
  return x;
}

/** The hidden state of each row's first token ([CLS] or <s>): [batch, time, hidden] -> [batch, hidden]. */
export function firstToken(x: Tensor): Tensor {
  const [batch, , hidden] = x.shape as [number, number, number];
  return tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, hidden]), [batch, hidden]);
}

/** Tokens, their types and positions, added and normalised: [batch, time, width]. */
export function embed(c: { eps: number }, at: string, params: Params, inputs: ModelInputs, positions: Tensor): Tensor {
  const types = inputs.token_type_ids ?? tf.zerosLike(inputs.input_ids);
  const words = params.embedding(`${at}.word_embeddings`, inputs.input_ids);
  const typed = tf.add(words, params.embedding(`${at}.token_type_embeddings`, types));
  const placed = tf.add(typed, params.embedding(`${at}.position_embeddings`, positions));
  return norm(params, `${at}.LayerNorm`, placed, c.eps);
}

/** x: [batch, time, hidden] -> the same shape. mask: [batch, 1, 1, time]. */
function layer(c: BertConfig, params: Params, at: string, x: Tensor, mask: Tensor): Tensor {
  const self = `${at}.attention.self`;
  const heads = (name: string) => splitHeads(params.linear(`${self}.${name}`, x), c.heads);
  const context = attention(heads('query'), heads('key'), heads('value'), mask, c.headDim ** -0.5);
  return afterAttention(c, params, at, x, context);
}

/** The rest of a layer, from what its attention found [batch, heads, time, dim]: projection and feed-forward, each added and normalised. */
export function afterAttention(
  c: { activation: Activation; eps: number },
  params: Params,
  at: string,
  x: Tensor,
  context: Tensor,
): Tensor {
  const projected = params.linear(`${at}.attention.output.dense`, mergeHeads(context));
  const attended = norm(params, `${at}.attention.output.LayerNorm`, tf.add(projected, x), c.eps);
  const wide = activate(c.activation, params.linear(`${at}.intermediate.dense`, attended));
  const narrow = params.linear(`${at}.output.dense`, wide);
  return norm(params, `${at}.output.LayerNorm`, tf.add(narrow, attended), c.eps);
}
