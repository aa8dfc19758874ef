/** The forward graph of GPT-NeoX and Pythia: rotary positions on a part of each head, attention beside or before the feed-forward block. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import { type GptNeoxConfig, gptNeoxConfig } from '../architectures/gpt-neox.ts';
import { rotary } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import type { Shared } from './decoder-block.ts';
import { decoderHead } from './decoder-head.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { norm } from './norm.ts';
import { attendWith, maskWith } from './past.ts';
import { ropeTensors } from './rope.ts';
import type { ModelFamily, Params } from './types.ts';

export const gptNeox: ModelFamily = {
  id: 'gpt_neox',
  tasks: decoderTasks,
  padTokenId: (config) => gptNeoxConfig(config).padTokenId ?? 0,

  past(config) {
    const { layers, heads, headDim, rope, rotaryDim } = gptNeoxConfig(config);
    return { layers, kvHeads: heads, headDim, windows: [undefined], ropes: [{ rope, rotaryDim }] };
  },

  logits(config, task, params, inputs, past) {
    const c = gptNeoxConfig(config);
    const { cos, sin } = past ? past.rope(0) : ropeTensors(c.rope, c.rotaryDim, inputs.input_ids.shape[1]!);
    const shared = [maskWith(inputs, past), cos, sin];
    const attend = attendWith(past);
    let x = params.embedding('gpt_neox.embed_in', inputs.input_ids);
    for (let i = 0; i < c.layers; i++)
      x = params.layer(
        (x, mask, cos, sin) =>
          layer(c, params, `gpt_neox.layers.${i}`, x!, { attend, mask: mask!, cos: cos!, sin: sin! }),
        [x, ...shared],
      );
    const last = norm(params, 'gpt_neox.final_layer_norm', x, c.eps);
    return decoderHead(task, params, last, { inputs, pad: c.padTokenId, past });
  },
};

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: GptNeoxConfig, params: Params, at: string, x: Tensor, shared: Shared): Tensor {
  const attended = selfAttention(c, params, `${at}.attention`, norm(params, `${at}.input_layernorm`, x, c.eps), shared);
  const summed = tf.add(x, attended);
  const normed = norm(params, `${at}.post_attention_layernorm`, c.parallel ? x : summed, c.eps);
  const wide = activate(c.activation, params.linear(`${at}.mlp.dense_h_to_4h`, normed));
  return tf.add(summed, params.linear(`${at}.mlp.dense_4h_to_h`, wide));
}

function selfAttention(c: GptNeoxConfig, params: Params, at: string, x: Tensor, shared: Shared): Tensor {
  // Each head has its query, key and value side by side.
  const heads = splitHeads(params.linear(`${at}.query_key_value`, x), c.heads);
  const [q, k, v] = tf.split(heads, 3, -1);
  const { attend, mask, cos, sin } = shared;
  const context = attend(rotary(q!, cos, sin), rotary(k!, cos, sin), v!, mask, c.headDim ** -0.5);
  return params.linear(`${at}.dense`, mergeHeads(context));
}
