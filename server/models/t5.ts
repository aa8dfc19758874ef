import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type T5Config, t5Config } from '../architectures/t5.ts';
import { attention, rmsNorm } from '../engine/ops/index.ts';
import { activate, activateGate } from './activation.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { causalMask, paddingMask } from './masks.ts';
import { distanceBuckets } from './t5-distances.ts';
import type { ModelFamily, Params } from './types.ts';

/**
 * T5ForConditionalGeneration: an encoder, and a decoder that looks at what it found; distances between tokens bias the scores, which are not
 * scaled. Raffel et al., https://arxiv.org/abs/1910.10683. As in transformers without dropout.
 */
export const t5: ModelFamily = {
  id: 't5',
  tasks: ['seq2seq'],
  padTokenId: (config) => t5Config(config).padTokenId,
  startTokenId: (config) => t5Config(config).startTokenId,

  applications(_config, module, { rows, length, targets = length }) {
    const reads = module.startsWith('encoder.') || /\.EncDecAttention\.[kv]$/.test(module) ? length : targets;
    return [rows * reads];
  },

  encoded(config, params, { input_ids, attention_mask }) {
    const c = t5Config(config);
    return stack(c, params, 'encoder', c.encoderLayers)(input_ids, paddingMask(attention_mask));
  },

  logits(config, _task, params, inputs) {
    const c = t5Config(config);
    const found = inputs.encoder_states ?? t5.encoded!(config, params, inputs);
    const targets = inputs.decoder_input_ids!;
    const seen = paddingMask(inputs.attention_mask);
    const decoder = stack(c, params, 'decoder', c.decoderLayers);
    const all = decoder(targets, causalMask({ attention_mask: tf.onesLike(targets) }), { found, seen });
    const written = inputs.last ? tf.matMul(inputs.last, all) : all;
    return params.linear('lm_head', c.scaledOutput ? tf.mul(written, c.hidden ** -0.5) : written);
  },
};

/** What the decoder looks at: the encoder's output [batch, time, hidden] and the mask of its padding [batch, 1, 1, time]. */
interface Source {
  found: Tensor;
  seen: Tensor;
}

/** ids: [batch, time] -> [batch, time, hidden]. */
const stack =
  (c: T5Config, params: Params, side: 'encoder' | 'decoder', layers: number) =>
  (ids: Tensor, mask: Tensor, source?: Source): Tensor => {
    const bias = tf.add(distances(c, params, side, ids.shape[1]!), mask);
    let x = params.embedding('shared', ids);
    for (let i = 0; i < layers; i++) {
      const block = (x: Tensor, bias: Tensor, from?: Source) =>
        layer(c, params, `${side}.block.${i}.layer`, x, bias, from);
      x = source
        ? params.layer(
            (x, found, bias, seen) => block(x!, bias!, { found: found!, seen: seen! }),
            [x, source.found, bias, source.seen],
          )
        : params.layer((x, bias) => block(x!, bias!), [x, bias]);
    }
    return rmsNorm(x, params.tensor(`${side}.final_layer_norm.weight`), c.eps);
  };

/** What the distance from each query to each key adds to its score: [1, heads, time, time], the same in every layer. */
function distances(c: T5Config, params: Params, side: 'encoder' | 'decoder', time: number): Tensor {
  const buckets = tf.tensor(distanceBuckets(c, time, side === 'encoder'), [time, time], 'int32');
  const table = params.embedding(`${side}.block.0.layer.0.SelfAttention.relative_attention_bias`, buckets);
  return tf.reshape(tf.transpose(table, [2, 0, 1]), [1, c.heads, time, time]);
}

/** x: [batch, time, hidden] -> the same shape. */
function layer(c: T5Config, params: Params, at: string, x: Tensor, bias: Tensor, source?: Source): Tensor {
  const normed = (i: number, x: Tensor) => rmsNorm(x, params.tensor(`${at}.${i}.layer_norm.weight`), c.eps);
  const own = normed(0, x);
  let y = tf.add(x, attend(c, params, `${at}.0.SelfAttention`, own, own, bias));
  if (source) y = tf.add(y, attend(c, params, `${at}.1.EncDecAttention`, normed(1, y), source.found, source.seen));
  const last = source ? 2 : 1;
  return tf.add(y, feedForward(c, params, `${at}.${last}.DenseReluDense`, normed(last, y)));
}

function attend(c: T5Config, params: Params, at: string, x: Tensor, source: Tensor, bias: Tensor): Tensor {
  const heads = (name: string, from: Tensor) => splitHeads(params.linear(`${at}.${name}`, from), c.heads);
  return params.linear(
    `${at}.o`,
    mergeHeads(attention(heads('q', x), heads('k', source), heads('v', source), bias, 1)),
  );
}

function feedForward(c: T5Config, params: Params, at: string, x: Tensor): Tensor {
  const wide = c.gated
    ? activateGate(c.activation, params.linear(`${at}.wi_0`, x), params.linear(`${at}.wi_1`, x))
    : activate(c.activation, params.linear(`${at}.wi`, x));
  return params.linear(`${at}.wo`, wide);
}
