import * as tf from '@tensorflow/tfjs-core';
import { blockRotate, blocks, pairedBlockRotate } from './block-rotate.ts';

/** The largest block to which factors are multiplied out. */
const MULTIPLIED_OUT = 256;

/** x·B₍f−1₎·…·B₀, a factor at a time. */
const throughFactors = (x: tf.Tensor, factors: tf.Tensor[]) =>
  factors.reduceRight((y, R, i) => pairedBlockRotate(y, R, 2 ** i), x);

/**
 * x times the product of f butterfly factors (BOFT, Liu et al. 2024) as Hugging Face PEFT orders them: x·B₍f−1₎·…·B₀ with
 * Bᵢ = Pᵢ blockdiag(Rᵢ) Pᵢᵀ. Pᵢ joins, within groups of 2ⁱ⁺¹ half blocks, the first 2ⁱ of them with the last 2ⁱ, one to one, as blocks.
 * x: [rows, n], R: [f, n/b, b, b], n a multiple of b·2^(f−1) and b even where f > 1 -> [rows, n].
 *
 * The product is block-diagonal with blocks of b·2^(f−1): while these are small they are multiplied out, which takes x through one matrix
 * instead of f.
 */
export function butterflyRotate(x: tf.Tensor, R: tf.Tensor): tf.Tensor {
  const [f, count, b] = R.shape as [number, number, number];
  const factors = tf.unstack(R);
  const size = b * 2 ** (f - 1);
  if (f === 1 || size > Math.min(MULTIPLIED_OUT, x.shape[0]!)) return throughFactors(x, factors);
  const groups = (count * b) / size;
  const product = throughFactors(tf.tile(tf.eye(size), [1, groups]), factors);
  return blockRotate(x, blocks(product, size, 1));
}
