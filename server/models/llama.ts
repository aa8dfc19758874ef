/** Llama's forward graph: pre-norm decoder, rotary positions, grouped-query attention, gated MLP. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type LlamaConfig, llamaConfig } from '../architectures/llama.ts';
import { attention, rmsNorm, rotary } from '../engine/ops/index.ts';
import { activateGate } from './activation.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { causalMask } from './masks.ts';
import { ropeTables } from './rope.ts';
import type { ModelFamily, Params } from './types.ts';

/** What every layer shares. */
interface Shared {
  mask: Tensor;
  cos: Tensor;
  sin: Tensor;
}

export const llama: ModelFamily = {
  id: 'llama',
  tasks: ['causal-lm'],
  // Often absent, or −1: any token does, since no real one looks at padding on the right.
  padTokenId(config) {
    const id = config.pad_token_id;
    return typeof id === 'number' && id >= 0 && id < llamaConfig(config).vocab ? id : 0;
  },

  logits(config, _task, params, { input_ids, attention_mask }) {
    const c = llamaConfig(config);
    const length = input_ids.shape[1]!;
    const tables = ropeTables(c.rope, c.headDim, length);
    const shared: Shared = {
      mask: causalMask(attention_mask),
      cos: tf.tensor(tables.cos, [length, c.headDim / 2]),
      sin: tf.tensor(tables.sin, [length, c.headDim / 2]),
    };
    let x = params.embedding('model.embed_tokens', input_ids);
    for (let i = 0; i < c.layers; i++)
      x = params.layer(
        (x, mask, cos, sin) => layer(c, params, `model.layers.${i}`, x!, { mask: mask!, cos: cos!, sin: sin! }),
        [x, shared.mask, shared.cos, shared.sin],
      );
    return params.linear('lm_head', rmsNorm(x, params.tensor('model.norm.weight'), c.eps));
  },
};

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: LlamaConfig, params: Params, at: string, x: Tensor, shared: Shared): Tensor {
  const normed = rmsNorm(x, params.tensor(`${at}.input_layernorm.weight`), c.eps);
  const attended = tf.add(x, selfAttention(c, params, `${at}.self_attn`, normed, shared));
  const again = rmsNorm(attended, params.tensor(`${at}.post_attention_layernorm.weight`), c.eps);
  return tf.add(attended, mlp(c, params, `${at}.mlp`, again));
}

function selfAttention(c: LlamaConfig, params: Params, at: string, x: Tensor, { mask, cos, sin }: Shared): Tensor {
  const q = rotary(splitHeads(params.linear(`${at}.q_proj`, x), c.heads), cos, sin);
  const k = rotary(splitHeads(params.linear(`${at}.k_proj`, x), c.kvHeads), cos, sin);
  const v = splitHeads(params.linear(`${at}.v_proj`, x), c.kvHeads);
  const context = attention(q, k, v, mask, c.headDim ** -0.5);
  return params.linear(`${at}.o_proj`, mergeHeads(context));
}

function mlp(c: LlamaConfig, params: Params, at: string, x: Tensor): Tensor {
  const gated = activateGate(c.activation, params.linear(`${at}.gate_proj`, x), params.linear(`${at}.up_proj`, x));
  return params.linear(`${at}.down_proj`, gated);
}
