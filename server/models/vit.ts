import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type VitConfig, vitConfig } from '../architectures/vit.ts';
import { attention, linear } from '../engine/ops/index.ts';
import { activate } from './activation.ts';
import { firstToken } from './encoder.ts';
import { mergeHeads, splitHeads } from './heads.ts';
import { norm } from './norm.ts';
import type { ModelFamily, Params } from './types.ts';

/** ViTForImageClassification: patches as tokens of a pre-norm encoder. Dosovitskiy et al., https://arxiv.org/abs/2010.11929. */
export const vit: ModelFamily = {
  id: 'vit',
  tasks: ['image-classification'],
  // All images have one size: no row is short.
  padTokenId: () => 0,

  image(config) {
    const { channels, image } = vitConfig(config);
    return { channels, height: image[0], width: image[1] };
  },

  logits(config, _task, params, { pixel_values }) {
    const c = vitConfig(config);
    const everywhere = tf.zeros([1, 1, 1, c.positions]);
    let x = embed(c, params, pixel_values!);
    for (let i = 0; i < c.layers; i++)
      x = params.layer((x, mask) => layer(c, params, `vit.layers.${i}`, x!, mask!), [x, everywhere]);
    return params.linear('classifier', norm(params, 'vit.layernorm', firstToken(x), c.eps));
  },
};

/** The class token and the patches, each at its position: [batch, positions, hidden]. */
function embed(c: VitConfig, params: Params, images: Tensor): Tensor {
  const at = 'vit.embeddings';
  const rows = patches(c, images);
  const weight = tf.reshape(params.tensor(`${at}.patch_embeddings.projection.weight`), [c.hidden, rows.shape[2]!]);
  const projected = tf.add(linear(rows, weight), params.tensor(`${at}.patch_embeddings.projection.bias`));
  const first = tf.tile(params.tensor(`${at}.cls_token`), [rows.shape[0]!, 1, 1]);
  return tf.add(tf.concat([first, projected], 1), params.tensor(`${at}.position_embeddings`));
}

/**
 * [batch, channels, height, width] -> [batch, patches, channels·patch], row by row of the image: a convolution whose stride is its size is a
 * product with these. What is left of the image on the right and below is cut off.
 */
function patches({ channels, patch: [height, width] }: VitConfig, images: Tensor): Tensor {
  const [batch, , imageHeight, imageWidth] = images.shape as [number, number, number, number];
  const [down, across] = [Math.floor(imageHeight / height), Math.floor(imageWidth / width)];
  const whole = tf.slice(images, [0, 0, 0, 0], [batch, channels, down * height, across * width]);
  const apart = tf.reshape(whole, [batch, channels, down, height, across, width]);
  return tf.reshape(tf.transpose(apart, [0, 2, 4, 1, 3, 5]), [batch, down * across, channels * height * width]);
}

/** x: [batch, positions, hidden] -> the same shape. */
function layer(c: VitConfig, params: Params, at: string, x: Tensor, mask: Tensor): Tensor {
  const before = norm(params, `${at}.layernorm_before`, x, c.eps);
  const heads = (name: string) => splitHeads(params.linear(`${at}.attention.${name}`, before), c.heads);
  const context = attention(heads('q_proj'), heads('k_proj'), heads('v_proj'), mask, (c.hidden / c.heads) ** -0.5);
  const attended = tf.add(params.linear(`${at}.attention.o_proj`, mergeHeads(context)), x);
  const wide = params.linear(`${at}.mlp.fc1`, norm(params, `${at}.layernorm_after`, attended, c.eps));
  return tf.add(params.linear(`${at}.mlp.fc2`, activate(c.activation, wide)), attended);
}
