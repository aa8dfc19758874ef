/** The methods as the benchmark trains them: the product's tensor halves, with starts that are not zero. */
import { lora } from '../server/adapters/lora.ts';
import { loraXs } from '../server/adapters/lora-xs.ts';
import { svft } from '../server/adapters/svft.ts';
import type { MatrixAdapter } from '../server/adapters/types.ts';
import type { Random } from '../server/base/random.ts';
import { type HostTensor, sizeOf } from '../server/base/tensor.ts';
import { bandPlaces } from '../server/engine/ops/index.ts';
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
  options: { ...(off_diagonals !== undefined && { pattern: 'banded', off_diagonals, gate: false }) },
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
const benchLoraXs: BenchMethod = {
  half: loraXs,
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

/** U·(diag(S) + M)·Vᵀ in place of W, M banded: Lingam et al. 2024, https://arxiv.org/abs/2405.19597. */
const benchSvft: BenchMethod = {
  half: {
    peftKeys: { svft_U: 'U', svft_S: 'S', svft_V: 'V', svft_M: 'M' },
    forward: (x, { tensors: { V, ...rest }, ...site }) => svft.forward(x, { ...site, tensors: { ...rest, Vt: V! } }),
  },
  frozen: ['U', 'S', 'V'],
  replaces: true,
  start({ off_diagonals: d }, { factors }, random) {
    const { U, S, V } = factors();
    return { U, S, V, M: normal(random, [bandPlaces(S.data.length, d!).length / 2], 0.01) };
  },
};

/** `full` adapts no matrix. */
export const matrixMethods: Record<string, BenchMethod> = {
  lora: benchLora,
  svft: benchSvft,
  'lora-xs': benchLoraXs,
};
