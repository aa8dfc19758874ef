/**
 * Tables of rotary position embeddings with the context extensions that Llama checkpoints carry, as transformers'
 * `modeling_rope_utils` computes them. Su et al. 2021, https://arxiv.org/abs/2104.09864; YaRN: Peng et al. 2023,
 * https://arxiv.org/abs/2309.00071. Frequencies and angles are rounded to float32 where transformers does, or long
 * contexts drift apart.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Rope } from '../architectures/rope.ts';

/**
 * cos and sin for `length` positions, by default from 0 on, row-major [length, headDim / 2]; `headDim`: columns of a head that are turned.
 * `reach`: the length of the text, where that is not where the table ends.
 */
export function ropeTables(
  rope: Rope,
  headDim: number,
  length: number,
  { from = 0, reach }: { from?: number; reach?: number } = {},
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, headDim, reach ?? from + length);
  const amplitude = 'attentionFactor' in rope ? rope.attentionFactor : 1;
  const half = frequencies.length;
  const cos = new Float32Array(length * half);
  const sin = new Float32Array(length * half);
  for (let position = 0; position < length; position++)
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((from + position) * frequencies[i]!);
      cos[position * half + i] = Math.cos(angle) * amplitude;
      sin[position * half + i] = Math.sin(angle) * amplitude;
    }
  return { cos, sin };
}

/** The same as tensors [length, headDim / 2]. */
export function ropeTensors(...given: Parameters<typeof ropeTables>): { cos: tf.Tensor; sin: tf.Tensor } {
  const [, headDim, length] = given;
  const { cos, sin } = ropeTables(...given);
  const size: [number, number] = [length, headDim / 2];
  return { cos: tf.tensor(cos, size), sin: tf.tensor(sin, size) };
}

/** Radians per position, [headDim / 2], the fastest first. `length` matters to `dynamic` and `longrope`. */
export function ropeFrequencies(rope: Rope, headDim: number, length: number): Float32Array {
  switch (rope.type) {
    case 'default':
      return plain(rope.theta, headDim);
    case 'linear':
      return plain(rope.theta, headDim).map((f) => f / rope.factor);
    case 'dynamic': {
      const { factor, maxPositions } = rope;
      const reach = (factor * Math.max(length, maxPositions)) / maxPositions - (factor - 1);
      return plain(rope.theta * reach ** (headDim / (headDim - 2)), headDim);
    }
    case 'llama3':
      return llama3(plain(rope.theta, headDim), rope);
    case 'longrope':
      return longrope(headDim, length, rope);
    case 'yarn':
      return yarn(plain(rope.theta, headDim), headDim, rope);
  }
}

/** Positions per radian. */
const periods = (theta: number, headDim: number): Float32Array =>
  Float32Array.from({ length: headDim / 2 }, (_, i) => theta ** Math.fround((2 * i) / headDim));

const plain = (theta: number, headDim: number): Float32Array => periods(theta, headDim).map((period) => 1 / period);

/** LongRoPE: every frequency has a divisor of its own (Ding et al. 2024, https://arxiv.org/abs/2402.13753). */
function longrope(headDim: number, length: number, rope: Rope & { type: 'longrope' }): Float32Array {
  const divisors = length > rope.originalMaxPositions ? rope.longFactors : rope.shortFactors;
  return periods(rope.theta, headDim).map((period, i) => 1 / Math.fround(Math.fround(divisors[i]!) * period));
}

/** Slow frequencies are divided by `factor`, fast ones kept, those between blended. */
function llama3(frequencies: Float32Array, rope: Rope & { type: 'llama3' }): Float32Array {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions } = rope;
  return frequencies.map((f) => {
    const turns = (originalMaxPositions * f) / (2 * Math.PI);
    if (turns < low) return f / factor;
    if (turns > high) return f;
    const kept = (turns - low) / (high - low);
    return ((1 - kept) * f) / factor + kept * f;
  });
}

/** A ramp over the channels from kept to divided by `factor`, between those that turn betaFast and betaSlow times in the original context. */
function yarn(frequencies: Float32Array, headDim: number, rope: Rope & { type: 'yarn' }): Float32Array {
  const channel = (turns: number) =>
    (headDim * Math.log(rope.originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(rope.theta));
  const from = channel(rope.betaFast);
  const to = channel(rope.betaSlow);
  const low = Math.max(rope.truncate ? Math.floor(from) : from, 0);
  const high = Math.min(rope.truncate ? Math.ceil(to) : to, headDim - 1);
  const span = high === low ? 0.001 : high - low;
  return frequencies.map((f, i) => {
    const divided = Math.min(1, Math.max(0, (i - low) / span));
    return (divided * f) / rope.factor + (1 - divided) * f;
  });
}
