/** OPT's forward graph: learned positions by the padding, norms before the blocks or (opt-350m) behind them. Zhang et al. 2022, https://arxiv.org/abs/2205.01068. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { decoderTasks } from '../architectures/decoder.ts';
import { type OptConfig, optConfig } from '../architectures/opt.ts';
import { layerNorm } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { decoderHead } from './decoder-head.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { norm } from './norm.ts';
import { type Attend, attendWith, maskWith, type Past } from './past.ts';
import { countedPositions, shiftedPositions } from './positions.ts';
import type { ModelFamily, ModelInputs, Params } from './types.ts';

const decoder = 'model.decoder';
/** PyTorch's default; OPT's config has no field for it. */
const eps = 1e-5;

export const opt: ModelFamily = {
  id: 'opt',
  tasks: decoderTasks,
  padTokenId: (config) => optConfig(config).padTokenId ?? 0,

  past(config) {
    const { layers, heads, headDim } = optConfig(config);
    return { layers, kvHeads: heads, headDim, windows: [undefined], ropes: [] };
  },

  logits(config, task, params, inputs, past) {
    const c = optConfig(config);
    const mask = maskWith(inputs, past);
    const attend = attendWith(past);
    let x = embed(c, params, inputs, past);
    for (let i = 0; i < c.layers; i++)
      x = params.layer((x, mask) => layer(c, params, `${decoder}.layers.${i}`, x!, mask!, attend), [x, mask]);
    if (c.lastNorm) x = normed(c, params, `${decoder}.final_layer_norm`, x);
    if (c.width !== c.hidden) x = params.linear(`${decoder}.project_out`, x);
    return decoderHead(task, params, x, { inputs, pad: c.padTokenId, past });
  },
};

function embed(c: OptConfig, params: Params, inputs: ModelInputs, past?: Past): Tensor {
  const words = params.embedding(`${decoder}.embed_tokens`, inputs.input_ids);
  const x = c.width === c.hidden ? words : params.linear(`${decoder}.project_in`, words);
  const positions = positionsOf(inputs, past);
  return tf.add(x, params.embedding(`${decoder}.embed_positions`, positions));
}

/** The first two rows of the table are taken by padding. */
function positionsOf({ attention_mask, position_ids }: ModelInputs, past?: Past): Tensor {
  if (past) return tf.add(past.positions, tf.scalar(2, 'int32'));
  return position_ids ? shiftedPositions(position_ids, attention_mask, 1) : countedPositions(attention_mask, 1);
}

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: OptConfig, params: Params, at: string, x: Tensor, mask: Tensor, attend: Attend): Tensor {
  const [attentionNorm, blockNorm] = [`${at}.self_attn_layer_norm`, `${at}.final_layer_norm`];
  const before = (module: string, y: Tensor) => (c.normBefore ? normed(c, params, module, y) : y);
  const behind = (module: string, y: Tensor) => (c.normBefore ? y : normed(c, params, module, y));
  const context = selfAttention(c, params, `${at}.self_attn`, before(attentionNorm, x), mask, attend);
  const attended = behind(attentionNorm, tf.add(x, context));
  const wide = activate(c.activation, params.linear(`${at}.fc1`, before(blockNorm, attended)));
  return behind(blockNorm, tf.add(attended, params.linear(`${at}.fc2`, wide)));
}

function selfAttention(c: OptConfig, params: Params, at: string, x: Tensor, mask: Tensor, attend: Attend): Tensor {
  const heads = (name: string) => splitHeads(params.linear(`${at}.${name}`, x), c.heads);
  const context = attend(heads('q_proj'), heads('k_proj'), heads('v_proj'), mask, c.headDim ** -0.5);
  return params.linear(`${at}.out_proj`, mergeHeads(context));
}

const normed = (c: OptConfig, params: Params, module: string, x: Tensor): Tensor =>
  c.affine ? norm(params, module, x, eps) : layerNorm(x, tf.ones([c.hidden]), tf.zeros([c.hidden]), eps);
