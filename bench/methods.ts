/**
 * The methods as the benchmark trains them. LoRA's forward pass is the product's. SVFT and LoRA-XS have no tensor half in the product yet: these
 * are theirs from the engine's general ops, with the state that their papers name.
 */
import * as tf from '@tensorflow/tfjs-core';
import { lora } from '../server/adapters/lora.ts';
import type { MatrixAdapter } from '../server/adapters/types.ts';
import type { Random } from '../server/base/random.ts';
import { type HostTensor, sizeOf } from '../server/base/tensor.ts';
import { addLinear, embedding, linear } from '../server/engine/ops/index.ts';
import type { MatrixSettings } from '../server/methods/types.ts';
import type { MethodCell } from './cell.ts';
import type { Factors } from './factors.ts';

export interface BenchMethod {
  half: Pick<MatrixAdapter, 'forward' | 'peftKeys'>;
  /** Names of the state's frozen tensors. */
  frozen: readonly string[];
  /** Whether the forward pass does without W. */
  replaces?: true;
  /** Every tensor of the state at the start: not zero, so that each path of the gradient carries something. */
  start(
    cell: MethodCell,
    site: { m: number; n: number; factors(): Factors },
    random: Random,
  ): Record<string, HostTensor>;
}

export const settingsOf = ({ rank = 0, alpha = rank, off_diagonals }: MethodCell): MatrixSettings => ({
  rank,
  alpha,
  options: { ...(off_diagonals !== undefined && { off_diagonals }) },
});

const normal = (random: Random, shape: number[], deviation: number): HostTensor => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal() * deviation),
});

/** W + s·BA: Hu et al. 2021, https://arxiv.org/abs/2106.09685. */
const benchLora: BenchMethod = {
  half: lora,
  frozen: [],
  start({ rank }, { m, n }, random) {
    return { A: normal(random, [rank!, n], 0.02), B: normal(random, [m, rank!], 0.01) };
  },
};

/** W + s·BRA, A = Σᵣ·Vᵣᵀ and B = Uᵣ frozen: Bałazy et al. 2024, https://arxiv.org/abs/2405.17604. */
const loraXs: BenchMethod = {
  half: {
    peftKeys: { 'lora_A.weight': 'A', 'lora_B.weight': 'B', 'lora_R.weight': 'R' },
    forward: (x, { base, tensors: { A, B, R }, settings: { alpha, rank } }) =>
      addLinear(base(x), linear(linear(x, A!), R!), B!, alpha / rank),
  },
  frozen: ['A', 'B'],
  start({ rank }, { m, n, factors }, random) {
    const { U, S, V } = factors();
    const k = S.data.length;
    const r = rank!;
    return {
      A: { shape: [r, n], data: V.data.slice(0, r * n).map((v, i) => v * S.data[Math.floor(i / n)]!) },
      B: {
        shape: [m, r],
        data: Float32Array.from({ length: m * r }, (_, i) => U.data[Math.floor(i / r) * k + (i % r)]!),
      },
      R: normal(random, [r, r], 0.01),
    };
  },
};

/** Places of the band |j − i| ≤ d of a k×k matrix in reading order: how M's values lie. */
export function band(k: number, d: number): [row: number, column: number][] {
  const places: [number, number][] = [];
  for (let i = 0; i < k; i++) for (let j = Math.max(0, i - d); j <= Math.min(k - 1, i + d); j++) places.push([i, j]);
  return places;
}

/** U·(diag(S) + M)·Vᵀ in place of W, M banded: Lingam et al. 2024, https://arxiv.org/abs/2405.19597. */
const svft: BenchMethod = {
  half: {
    peftKeys: { svft_U: 'U', svft_S: 'S', svft_V: 'V', svft_M: 'M' },
    forward(x, { tensors: { U, S, V, M }, settings }) {
      const d = settings.options.off_diagonals as number;
      const h = linear(x, V!);
      return linear(tf.add(tf.mul(h, S!), bandProduct(h, M!, d)), U!);
    },
  },
  frozen: ['U', 'S', 'V'],
  replaces: true,
  start({ off_diagonals: d }, { factors }, random) {
    const { U, S, V } = factors();
    return { U, S, V, M: normal(random, [band(S.data.length, d!).length], 0.01) };
  },
};

/** h·Mᵀ, one shifted product a diagonal. h: [rows, k] -> the same shape. */
function bandProduct(h: tf.Tensor, values: tf.Tensor, d: number): tf.Tensor {
  const [rows, k] = h.shape as [number, number];
  const at = new Int32Array((2 * d + 1) * k);
  const inside = new Float32Array(at.length);
  for (const [n, [i, j]] of band(k, d).entries()) {
    at[(j - i + d) * k + i] = n;
    inside[(j - i + d) * k + i] = 1;
  }
  const places = tf.tensor(at, [2 * d + 1, k], 'int32');
  const found = tf.reshape(embedding(tf.reshape(values, [-1, 1]), places), [2 * d + 1, k]);
  const diagonals = tf.mul(found, tf.tensor(inside, [2 * d + 1, k]));
  const border = tf.zeros([rows, d]);
  const wide = d > 0 ? tf.concat([border, h, border], 1) : h;
  const terms = Array.from({ length: 2 * d + 1 }, (_, o) =>
    tf.mul(tf.slice(wide, [0, o], [rows, k]), tf.slice(diagonals, [o, 0], [1, k])),
  );
  return terms.reduce((sum, term) => tf.add(sum, term));
}

/** `full` adapts no matrix. */
export const matrixMethods: Record<string, BenchMethod> = { lora: benchLora, svft, 'lora-xs': loraXs };
