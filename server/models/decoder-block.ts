/** What the blocks of Llama and its relatives are put together from. `at`: the name of the block or of a part of it. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { rmsNorm, rotary } from '../engine/ops/index.ts';
import { activateGate } from './activation.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import type { Attend } from './past.ts';
import type { Params } from './types.ts';

/** What layers of one kind share: mask [batch, 1, time, time], tables of rotary positions [time, rotaryDim / 2]. */
export interface Shared {
  attend: Attend;
  mask: Tensor;
  cos: Tensor;
  sin: Tensor;
}

/** Of x [..., n] to the same shape. */
export type Norm = (c: DecoderConfig, params: Params, at: string, x: Tensor) => Tensor;
/** x: [batch, time, hidden] -> the same shape. */
export type Block = (c: DecoderConfig, params: Params, at: string, x: Tensor, shared: Shared) => Tensor;
export type Mlp = Norm;
/** Of x [batch, time, hidden] to q [batch, heads, time, headDim], k and v [batch, kvHeads, time, headDim], not yet turned. */
export type Heads = (c: DecoderConfig, params: Params, at: string, x: Tensor) => Record<'q' | 'k' | 'v', Tensor>;

export interface BlockParts {
  norm: Norm;
  heads: Heads;
  mlp: Mlp;
}

export const llamaNorm: Norm = (c, params, at, x) => rmsNorm(x, params.tensor(`${at}.weight`), c.eps);

export const separateHeads: Heads = (c, params, at, x) => ({
  q: splitHeads(params.linear(`${at}.q_proj`, x), c.heads),
  k: splitHeads(params.linear(`${at}.k_proj`, x), c.kvHeads),
  v: splitHeads(params.linear(`${at}.v_proj`, x), c.kvHeads),
});

/** Separate heads, each query and key normed. */
export const normedHeads =
  (norm: Norm): Heads =>
  (c, params, at, x) => {
    const { q, k, v } = separateHeads(c, params, at, x);
    return { q: norm(c, params, `${at}.q_norm`, q), k: norm(c, params, `${at}.k_norm`, k), v };
  };

export const gatedMlp: Mlp = (c, params, at, x) => {
  const gated = activateGate(c.activation, params.linear(`${at}.gate_proj`, x), params.linear(`${at}.up_proj`, x));
  return params.linear(`${at}.down_proj`, gated);
};

/** Norms before attention and before the MLP. */
export const preNormBlock =
  ({ norm, heads, mlp }: BlockParts): Block =>
  (c, params, at, x, shared) => {
    const normed = norm(c, params, `${at}.input_layernorm`, x);
    const attended = tf.add(x, selfAttention(heads, c, params, `${at}.self_attn`, normed, shared));
    const again = norm(c, params, `${at}.post_attention_layernorm`, attended);
    return tf.add(attended, mlp(c, params, `${at}.mlp`, again));
  };

/** Norms before and after attention and the MLP. */
export const aroundNormBlock =
  ({ norm, heads, mlp }: BlockParts): Block =>
  (c, params, at, x, shared) => {
    const normed = norm(c, params, `${at}.input_layernorm`, x);
    const context = selfAttention(heads, c, params, `${at}.self_attn`, normed, shared);
    const attended = tf.add(x, norm(c, params, `${at}.post_attention_layernorm`, context));
    const wide = mlp(c, params, `${at}.mlp`, norm(c, params, `${at}.pre_feedforward_layernorm`, attended));
    return tf.add(attended, norm(c, params, `${at}.post_feedforward_layernorm`, wide));
  };

function selfAttention(
  heads: Heads,
  c: DecoderConfig,
  params: Params,
  at: string,
  x: Tensor,
  { attend, mask, cos, sin }: Shared,
): Tensor {
  const { q, k, v } = heads(c, params, at, x);
  const context = attend(rotary(q, cos, sin), rotary(k, cos, sin), v, mask, c.scale, c.scoreCap);
  return params.linear(`${at}.o_proj`, mergeHeads(context));
}

/** cap·tanh(x / cap); without a cap x. */
export const softCap = (x: Tensor, cap: number | undefined): Tensor =>
  cap === undefined ? x : tf.mul(tf.tanh(tf.div(x, cap)), cap);
