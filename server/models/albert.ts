import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AlbertConfig, albertConfig, groupOfLayer } from '../architectures/albert.ts';
import { encoderTasks } from '../architectures/encoder-family.ts';
import { attention } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { embed, firstToken } from './encoder.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { paddingMask } from './masks.ts';
import { norm } from './norm.ts';
import type { ModelFamily, Params } from './types.ts';

/**
 * AlbertForSequenceClassification: BERT whose layers share their weights, an adapter on them included: one set of values serves every
 * layer of a group, and its gradient is the sum over them. Lan et al., https://arxiv.org/abs/1909.11942.
 */
export const albert: ModelFamily = {
  id: 'albert',
  tasks: encoderTasks,
  padTokenId: (config) => albertConfig(config).padTokenId,

  applications(config, module, { rows, length }) {
    const group = /\.albert_layer_groups\.(\d+)\./.exec(module)?.[1];
    if (group === undefined) return undefined;
    const c = albertConfig(config);
    return layersOf(c).flatMap((of) => (of === Number(group) ? [rows * length] : []));
  },

  logits(config, _task, params, inputs) {
    const c = albertConfig(config);
    const mask = paddingMask(inputs.attention_mask);
    const positions = tf.range(0, inputs.input_ids.shape[1]!, 1, 'int32');
    const embedded = embed(c, 'albert.embeddings', params, inputs, positions);
    let x = params.linear('albert.encoder.embedding_hidden_mapping_in', embedded);
    const times = new Array<number>(c.groups).fill(0);
    for (const group of layersOf(c)) {
      const application = times[group]!++;
      for (let i = 0; i < c.inner; i++) {
        const at = `albert.encoder.albert_layer_groups.${group}.albert_layers.${i}`;
        x = params.layer((x, mask) => layer(c, params, at, x!, mask!, application), [x, mask]);
      }
    }
    const pooled = tf.tanh(params.linear('albert.pooler', firstToken(x)));
    return params.linear('classifier', pooled);
  },
};

/** The group that each layer is an application of. */
const layersOf = (c: AlbertConfig): number[] => Array.from({ length: c.layers }, (_, i) => groupOfLayer(c, i));

/** x: [batch, time, hidden] -> the same shape. mask: [batch, 1, 1, time]. */
function layer(c: AlbertConfig, params: Params, at: string, x: Tensor, mask: Tensor, application: number): Tensor {
  const linear = (name: string, x: Tensor) => params.linear(`${at}.${name}`, x, application);
  const heads = (name: string) => splitHeads(linear(`attention.${name}`, x), c.heads);
  const context = attention(heads('query'), heads('key'), heads('value'), mask, (c.hidden / c.heads) ** -0.5);
  const projected = linear('attention.dense', mergeHeads(context));
  const attended = norm(params, `${at}.attention.LayerNorm`, tf.add(x, projected), c.eps);
  const narrow = linear('ffn_output', activate(c.activation, linear('ffn', attended)));
  return norm(params, `${at}.full_layer_layer_norm`, tf.add(narrow, attended), c.eps);
}
