/** GPT-2's forward graph: pre-norm decoder, learned positions, query, key and value in one Conv1D. Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import { type Gpt2Config, gpt2Config } from '../architectures/gpt2.ts';
import { attention } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { decoderHead } from './decoder-head.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { causalMask } from './masks.ts';
import { norm } from './norm.ts';
import type { ModelFamily, Params } from './types.ts';

export const gpt2: ModelFamily = {
  id: 'gpt2',
  tasks: decoderTasks,
  padTokenId: (config) => gpt2Config(config).padTokenId ?? 0,

  logits(config, task, params, inputs) {
    const c = gpt2Config(config);
    // Rows are numbered from 0 whatever their padding, as in transformers.
    const positions = inputs.position_ids ?? tf.range(0, inputs.input_ids.shape[1]!, 1, 'int32');
    const words = params.embedding('transformer.wte', inputs.input_ids);
    const mask = causalMask(inputs);
    let x = tf.add(words, params.embedding('transformer.wpe', positions));
    for (let i = 0; i < c.layers; i++) x = params.layer((x, mask) => layer(c, params, i, x!, mask!), [x, mask]);
    const last = norm(params, 'transformer.ln_f', x, c.eps);
    return decoderHead(task, params, last, inputs, c.padTokenId);
  },
};

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: Gpt2Config, params: Params, index: number, x: Tensor, mask: Tensor): Tensor {
  const at = `transformer.h.${index}`;
  const normed = norm(params, `${at}.ln_1`, x, c.eps);
  const [q, k, v] = tf
    .split(params.linear(`${at}.attn.c_attn`, normed), 3, -1)
    .map((part) => splitHeads(part, c.heads));
  const scale = (c.scaled ? c.headDim ** -0.5 : 1) / (c.scaledByLayer ? index + 1 : 1);
  const context = mergeHeads(attention(q!, k!, v!, mask, scale));
  const attended = tf.add(x, params.linear(`${at}.attn.c_proj`, context));
  const again = norm(params, `${at}.ln_2`, attended, c.eps);
  const wide = activate(c.activation, params.linear(`${at}.mlp.c_fc`, again));
  return tf.add(attended, params.linear(`${at}.mlp.c_proj`, wide));
}
