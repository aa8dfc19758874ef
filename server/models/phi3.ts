import * as tf from '@tensorflow/tfjs-core';
import { phi3Config } from '../architectures/phi3.ts';
import { activateGate } from './activation.ts';
import { decoderModel } from './decoder.ts';
import { type Heads, llamaNorm, type Mlp, preNormBlock } from './decoder-block.ts';
import { splitHeads } from './heads.ts';

/** One matrix gives queries, keys and values side by side. */
const heads: Heads = (c, params, at, x) => {
  const keys = c.kvHeads * c.headDim;
  const [q, k, v] = tf.split(params.linear(`${at}.qkv_proj`, x), [c.heads * c.headDim, keys, keys], -1);
  return { q: splitHeads(q!, c.heads), k: splitHeads(k!, c.kvHeads), v: splitHeads(v!, c.kvHeads) };
};

/** One matrix gives gate and up side by side. */
const mlp: Mlp = (c, params, at, x) => {
  const [gate, up] = tf.split(params.linear(`${at}.gate_up_proj`, x), 2, -1);
  return params.linear(`${at}.down_proj`, activateGate(c.activation, gate!, up!));
};

/** Phi-3 (https://arxiv.org/abs/2404.14219): Llama's blocks with fused matrices; positions may turn a part of each head. */
export const phi3 = decoderModel({
  id: 'phi3',
  config: phi3Config,
  norm: llamaNorm,
  block: preNormBlock({ norm: llamaNorm, heads, mlp }),
});
