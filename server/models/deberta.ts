/** DeBERTa-v2 and v3: attention to contents and, apart from them, to distances. He et al. 2021, https://arxiv.org/abs/2006.03654. */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type DebertaConfig, debertaConfig, type PositionTerm } from '../architectures/deberta.ts';
import { encoderTasks } from '../architectures/encoder-family.ts';
import { attention, embedding, relativeAttention } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { convolveTime } from './conv.ts';
import { afterAttention, firstToken } from './encoder.ts';
import { splitHeads } from './heads.ts';
import { paddingMask } from './masks.ts';
import { norm } from './norm.ts';
import { distanceRows } from './relative-positions.ts';
import type { ModelFamily, ModelInputs, Params } from './types.ts';

/** What the distances of a sequence are to every layer. */
interface Distances {
  /** [rows, hidden]: the rows of the table that occur. */
  table: Tensor;
  /** int32 [2·time − 1]: the row of each distance, for queries and, the other way round, for keys. */
  forQueries: Tensor;
  forKeys: Tensor;
}

/** DebertaV2ForSequenceClassification: the pooler reads the first token, the classifier the pooler. */
export const deberta: ModelFamily = {
  id: 'deberta-v2',
  tasks: encoderTasks,
  padTokenId: (config) => debertaConfig(config).padTokenId,

  applications(config, module, { rows, length }) {
    const { relative, terms } = debertaConfig(config);
    const [, own, of] = /\.attention\.self\.(pos_)?(key|query)_proj$/.exec(module) ?? [];
    if (!relative || of === undefined || !terms.has(of === 'key' ? 'c2p' : 'p2c')) return undefined;
    const distances = distanceRows(relative, length).rows.length;
    if (own !== undefined) return [distances];
    return relative.shared ? [rows * length, distances] : undefined;
  },

  logits(config, _task, params, inputs) {
    const c = debertaConfig(config);
    const mask = paddingMask(inputs.attention_mask);
    const real = tf.expandDims(tf.cast(inputs.attention_mask, 'float32'), -1);
    const embedded = tf.mul(embed(c, params, inputs), real);
    const distances = distancesOf(c, params, inputs.input_ids.shape[1]!);
    let x = embedded;
    for (let i = 0; i < c.layers; i++) {
      x = params.layer(
        (x, mask, table, forQueries, forKeys) => {
          const known = table && { table, forQueries: forQueries!, forKeys: forKeys! };
          return layer(c, params, `deberta.encoder.layer.${i}`, x!, mask!, known);
        },
        [x, mask, ...(distances ? [distances.table, distances.forQueries, distances.forKeys] : [])],
      );
      if (i === 0 && c.conv) x = convolved(c, c.conv, params, embedded, x, real);
    }
    const pooled = activate(c.poolerActivation, params.linear('pooler.dense', firstToken(x)));
    return params.linear('classifier', pooled);
  },
};

function embed(c: DebertaConfig, params: Params, { input_ids, token_type_ids }: ModelInputs): Tensor {
  const at = 'deberta.embeddings';
  const lookUp = (name: string, ids: Tensor) => params.embedding(`${at}.${name}_embeddings`, ids);
  let x = lookUp('word', input_ids);
  if (c.absolute) x = tf.add(x, lookUp('position', tf.range(0, input_ids.shape[1]!, 1, 'int32')));
  if (c.types > 0) x = tf.add(x, lookUp('token_type', token_type_ids ?? tf.zerosLike(input_ids)));
  if (c.width !== c.hidden) x = params.linear(`${at}.embed_proj`, x);
  return norm(params, `${at}.LayerNorm`, x, c.eps);
}

function distancesOf(c: DebertaConfig, params: Params, length: number): Distances | undefined {
  if (!c.relative || c.terms.size === 0) return undefined;
  const { rows, places } = distanceRows(c.relative, length);
  const table = params.embedding('deberta.encoder.rel_embeddings', tf.tensor1d(rows, 'int32'));
  return {
    table: c.normsRelative ? norm(params, 'deberta.encoder.LayerNorm', table, c.eps) : table,
    forQueries: tf.tensor1d(places, 'int32'),
    forKeys: tf.tensor1d(places.toReversed(), 'int32'),
  };
}

/** x: [batch, time, hidden] -> the same shape. mask: [batch, 1, 1, time]. */
function layer(c: DebertaConfig, params: Params, at: string, x: Tensor, mask: Tensor, distances?: Distances): Tensor {
  const self = `${at}.attention.self`;
  const heads = (name: string) => splitHeads(params.linear(`${self}.${name}`, x), c.heads);
  const [q, k, v] = [heads('query_proj'), heads('key_proj'), heads('value_proj')];
  const scale = ((c.hidden / c.heads) * (1 + c.terms.size)) ** -0.5;
  const context = distances
    ? relativeAttention(q, k, v, positionsOf(c, params, self, distances), mask, scale)
    : attention(q, k, v, mask, scale);
  return afterAttention(c, params, at, x, context);
}

/** Distances projected and split into heads, [heads, 2·time − 1, dim]; zeros for a term that the model has not. */
function positionsOf(c: DebertaConfig, params: Params, self: string, { table, forQueries, forKeys }: Distances) {
  const shared = c.relative!.shared;
  const of = (term: PositionTerm, content: string, own: string, places: Tensor): Tensor => {
    const dim = c.hidden / c.heads;
    const [count] = places.shape as [number];
    if (!c.terms.has(term)) return tf.zeros([c.heads, count, dim]);
    const projected = shared ? params.linear(`${self}.${content}`, table, 1) : params.linear(`${self}.${own}`, table);
    return tf.transpose(tf.reshape(embedding(projected, places), [count, c.heads, dim]), [1, 0, 2]);
  };
  return {
    keys: of('c2p', 'key_proj', 'pos_key_proj', forQueries),
    queries: of('p2c', 'query_proj', 'pos_query_proj', forKeys),
  };
}

/** What DeBERTa-v2 has after its first layer: its result and a convolution of the embeddings, added and normalised; nothing at padding. */
function convolved(
  c: DebertaConfig,
  conv: NonNullable<DebertaConfig['conv']>,
  params: Params,
  embedded: Tensor,
  x: Tensor,
  real: Tensor,
): Tensor {
  const at = 'deberta.encoder.conv';
  const out = convolveTime(embedded, params.tensor(`${at}.conv.weight`), params.tensor(`${at}.conv.bias`), conv.groups);
  const local = activate(conv.activation, tf.mul(out, real));
  return tf.mul(norm(params, `${at}.LayerNorm`, tf.add(x, local), c.eps), real);
}
