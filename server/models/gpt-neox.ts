/** The forward graph of GPT-NeoX and Pythia: rotary positions on a part of each head, attention beside or before the feed-forward block. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import { type GptNeoxConfig, gptNeoxConfig } from '../architectures/gpt-neox.ts';
import { attention, rotary } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import type { Shared } from './decoder-block.ts';
import { decoderHead } from './decoder-head.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { causalMask } from './masks.ts';
import { norm } from './norm.ts';
import { ropeTables } from './rope.ts';
import type { ModelFamily, Params } from './types.ts';

export const gptNeox: ModelFamily = {
  id: 'gpt_neox',
  tasks: decoderTasks,
  padTokenId: (config) => gptNeoxConfig(config).padTokenId ?? 0,

  logits(config, task, params, inputs) {
    const c = gptNeoxConfig(config);
    const length = inputs.input_ids.shape[1]!;
    const tables = ropeTables(c.rope, c.rotaryDim, length);
    const shared = [
      causalMask(inputs),
      tf.tensor(tables.cos, [length, c.rotaryDim / 2]),
      tf.tensor(tables.sin, [length, c.rotaryDim / 2]),
    ];
    let x = params.embedding('gpt_neox.embed_in', inputs.input_ids);
    for (let i = 0; i < c.layers; i++)
      x = params.layer(
        (x, mask, cos, sin) => layer(c, params, `gpt_neox.layers.${i}`, x!, { mask: mask!, cos: cos!, sin: sin! }),
        [x, ...shared],
      );
    const last = norm(params, 'gpt_neox.final_layer_norm', x, c.eps);
    return decoderHead(task, params, last, inputs, c.padTokenId);
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

function selfAttention(c: GptNeoxConfig, params: Params, at: string, x: Tensor, { mask, cos, sin }: Shared): Tensor {
  // Each head has its query, key and value side by side.
  const heads = splitHeads(params.linear(`${at}.query_key_value`, x), c.heads);
  const [q, k, v] = tf.split(heads, 3, -1);
  const context = attention(rotary(q!, cos, sin), rotary(k!, cos, sin), v!, mask, c.headDim ** -0.5);
  return params.linear(`${at}.dense`, mergeHeads(context));
}
