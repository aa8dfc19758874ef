/** NEFTune: uniform noise on the embeddings of training. Jain et al., https://arxiv.org/abs/2310.05914. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Assembly } from './assemble-types.ts';
import type { BatchShape } from './types.ts';

/** The step's input for the draws: uniform [0, 1), [rows, length, width]. Evaluation has none, and so no noise. */
export const noiseInput = 'neftune.random.noise';

/** Of the embedding of tokens, which every table has first. */
export function noiseShape({ table }: Assembly, { rows, length }: BatchShape): number[] {
  const tokens = table.modules.find(({ kind, m }) => kind === 'embedding' && m === table.shape.vocab)!;
  return [rows, length, tokens.n];
}

/**
 * x + U(−1, 1)·alpha/√(L·d) with L the row's real tokens, as in the paper (transformers takes the padded length); nothing at padding.
 * x, draws: [rows, length, d]; mask: int32 [rows, length].
 */
export function withNoise(x: Tensor, draws: Tensor, mask: Tensor, alpha: number): Tensor {
  const real = tf.cast(mask, 'float32');
  const sizes = tf.mul(tf.sum(real, 1, true), x.shape.at(-1)!);
  const scale = tf.mul(real, tf.div(alpha, tf.sqrt(sizes)));
  return tf.add(x, tf.mul(tf.sub(tf.mul(draws, 2), 1), tf.expandDims(scale, -1)));
}
