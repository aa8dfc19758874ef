/** GPT-2's forward graph: pre-norm decoder, learned positions, query, key and value in one Conv1D. Radford et al. 2019, "Language Models are Unsupervised Multitask Learners". */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import { type Gpt2Config, gpt2Config } from '../architectures/gpt2.ts';
import { activate } from './activation.ts';
import { decoderHead } from './decoder-head.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { norm } from './norm.ts';
import { type Attend, attendWith, maskWith, positionsWith } from './past.ts';
import type { ModelFamily, Params } from './types.ts';

export const gpt2: ModelFamily = {
  id: 'gpt2',
  tasks: decoderTasks,
  padTokenId: (config) => gpt2Config(config).padTokenId ?? 0,

  past(config) {
    const { layers, heads, headDim } = gpt2Config(config);
    return { layers, kvHeads: heads, headDim, windows: [undefined], ropes: [] };
  },

  logits(config, task, params, inputs, past) {
    const c = gpt2Config(config);
    const positions = positionsWith(inputs, past);
    const words = params.embedding('transformer.wte', inputs.input_ids);
    const mask = maskWith(inputs, past);
    const attend = attendWith(past);
    let x = tf.add(words, params.embedding('transformer.wpe', positions));
    for (let i = 0; i < c.layers; i++) x = params.layer((x, mask) => layer(c, params, i, x!, mask!, attend), [x, mask]);
    const last = norm(params, 'transformer.ln_f', x, c.eps);
    return decoderHead(task, params, last, { inputs, pad: c.padTokenId, past });
  },
};

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: Gpt2Config, params: Params, index: number, x: Tensor, mask: Tensor, attend: Attend): Tensor {
  const at = `transformer.h.${index}`;
  const normed = norm(params, `${at}.ln_1`, x, c.eps);
  const [q, k, v] = tf
    .split(params.linear(`${at}.attn.c_attn`, normed), 3, -1)
    .map((part) => splitHeads(part, c.heads));
  const scale = (c.scaled ? c.headDim ** -0.5 : 1) / (c.scaledByLayer ? index + 1 : 1);
  const context = mergeHeads(attend(q!, k!, v!, mask, scale));
  const attended = tf.add(x, params.linear(`${at}.attn.c_proj`, context));
  const again = norm(params, `${at}.ln_2`, attended, c.eps);
  const wide = activate(c.activation, params.linear(`${at}.mlp.c_fc`, again));
  return tf.add(attended, params.linear(`${at}.mlp.c_proj`, wide));
}
