/**
 * LoRA-XS: W + s·B R A with A = Σᵣ·Vᵣᵀ, B = Uᵣ frozen and s = alpha / rank. Bałazy et al. 2024, https://arxiv.org/abs/2405.17604;
 * the singular values stand on the input's side as in the authors' code (github.com/MohammadrezaBanaei/LoRA-XS), which the paper's equation 4 does not.
 */
import type { HostTensor } from '../base/tensor.ts';
import type { Svd } from '../engine/linalg/types.ts';
import { lowRank } from '../engine/ops/index.ts';
import { scaling } from '../methods/low-rank.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { draw, kaiming, plusProduct, product, scaledColumns, scaledRows, triplets } from './factors.ts';
import type { MatrixAdapter } from './types.ts';

interface LoraXsOptions {
  init_std: number;
  sigma_side: 'A' | 'B';
  retain: 'top' | 'bottom';
  init: 'svd' | 'random';
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as LoraXsOptions;

/** The iterations of the authors' code; the columns beyond the rank are the engine's usual ones. */
const iterations = 10;

export const loraXs: MatrixAdapter = {
  decomposition({ settings }, saved) {
    const { init, retain } = optionsOf(settings);
    if (saved || init === 'random') return undefined;
    return retain === 'bottom' ? { kind: 'full' } : { kind: 'truncated', rank: settings.rank, iterations };
  },

  init({ m, n, settings }, _weight, random, svd) {
    const { rank } = settings;
    const { init_std, init } = optionsOf(settings);
    const factors =
      init === 'random'
        ? { A: kaiming([rank, n], n, random), B: kaiming([m, rank], rank, random) }
        : frozenFactors(svd!, settings);
    return { trainable: { R: draw([rank, rank], () => init_std * random.normal()) }, frozen: factors };
  },

  restore: (_site, { A, B, R }) => ({ trainable: { R: R! }, frozen: { A: A!, B: B! } }),

  forward: (x, { base, tensors: { A, B, R }, settings }) =>
    lowRank(base(x), x, { A: A!, R: R!, B: B! }, scaling(settings)),

  merge: (weight, { trainable: { R }, frozen: { A, B } }, { settings }) =>
    plusProduct(weight, product(B!, R!), A!, scaling(settings)),

  shapes: ({ m, n, settings: { rank } }) => ({ A: [rank, n], B: [m, rank], R: [rank, rank] }),

  peftConfig: (settings, patterns) => ({
    peft_type: 'LORA_XS',
    r: settings.rank,
    lora_alpha: settings.alpha,
    rank_pattern: patterns.rank,
    alpha_pattern: patterns.alpha,
    ...optionsOf(settings),
  }),
  plain: ({ trainable: { R }, frozen: { A, B } }, { rank, alpha }) => ({
    A: A!,
    B: product(B!, R!),
    settings: { rank, alpha, options: {} },
  }),

  learned: ({ trainable: { R } }, { settings }) => ({
    items: [
      {
        kind: 'matrix',
        title: 'R',
        about: 'Between the frozen factors, times alpha / rank.',
        neutral: 0,
        rows: 'output direction',
        columns: 'input direction',
        shape: [settings.rank, settings.rank],
        values: R!.data,
      },
    ],
  }),
  peftKeys: { 'lora_A.weight': 'A', 'lora_B.weight': 'B', 'lora_R.weight': 'R' },
};

function frozenFactors(svd: Svd, settings: MatrixSettings): { A: HostTensor; B: HostTensor } {
  const { sigma_side, retain } = optionsOf(settings);
  const { u, s, vt } = triplets(svd, settings.rank, retain);
  return sigma_side === 'A' ? { A: scaledRows(vt, s), B: u } : { A: vt, B: scaledColumns(u, s) };
}
