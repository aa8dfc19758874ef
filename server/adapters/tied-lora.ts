/**
 * Tied-LoRA: W + s·diag(v) B diag(u) A with s = alpha / rank, one trained pair A, B for all matrices of an entry, u and v of each. Renduchintala et al.
 * 2023, https://arxiv.org/abs/2311.09578, the variant in which all four are trained: A Kaiming uniform, B = 0, u = v = 1.
 */
import { RankwiseError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import { lowRank } from '../engine/ops/index.ts';
import { scaling } from '../methods/low-rank.ts';
import { kaiming, plusProduct, scaledRows } from './factors.ts';
import { dropped, lora } from './lora.ts';
import type { MatrixAdapter, SiteState } from './types.ts';

export const tiedLora: MatrixAdapter = {
  shared: {
    keys: { 'tied_lora_A.weight': 'A', 'tied_lora_B.weight': 'B' },
    trained: true,
    kept: () => true,
    shapes([first, ...more]) {
      const { m, n, settings } = first!;
      const other = more.find((site) => site.m !== m || site.n !== n);
      if (other) throw unequal(first!, other);
      return { A: [settings.rank, n], B: [m, settings.rank] };
    },
    init(sites, seed) {
      const { A, B } = this.shapes(sites);
      const [rank, n] = A as [number, number];
      const m = B![0]!;
      return {
        A: kaiming([rank, n], n, Random.seeded(seed, `tied factors ${sites[0]!.name}`)),
        B: { shape: [m, rank], data: new Float32Array(m * rank) },
      };
    },
  },

  init({ m, settings: { rank } }, _weight, _random, _svd, shared) {
    return { trainable: { u: ones(rank), v: ones(m) }, frozen: {}, shared: shared! };
  },

  restore: (_site, { u, v, A, B }) => ({ trainable: { u: u!, v: v! }, frozen: {}, shared: { A: A!, B: B! } }),

  forward(x, site) {
    const { A, B, u, v } = site.tensors;
    return lowRank(site.base(x), dropped(x, site), { A: A!, B: B!, hidden: u!, rows: v! }, scaling(site.settings));
  },

  ...(lora.randomInputs && { randomInputs: lora.randomInputs }),

  merge(weight, state, { settings }) {
    const { A, B } = factorsOf(state);
    return plusProduct(weight, B, A, scaling(settings));
  },

  shapes: ({ m, settings: { rank } }) => ({ u: [rank], v: [m] }),

  peftConfig: (settings, patterns) => ({
    peft_type: 'TIED_LORA',
    r: settings.rank,
    lora_alpha: settings.alpha,
    alpha_pattern: patterns.alpha,
    lora_dropout: (settings.options.dropout as number | undefined) ?? 0,
  }),
  peftKeys: { tied_lora_u: 'u', tied_lora_v: 'v' },

  plain: (state, { rank, alpha }) => ({ ...factorsOf(state), settings: { rank, alpha, options: {} } }),
  loraPlus: ['B'],
};

const ones = (length: number): HostTensor => ({ shape: [length], data: new Float32Array(length).fill(1) });

/** diag(v)·B and diag(u)·A. */
function factorsOf({ trainable: { u, v }, shared }: SiteState): Record<'A' | 'B', HostTensor> {
  return { A: scaledRows(shared!.A!, u!.data), B: scaledRows(shared!.B!, v!.data) };
}

interface Sized {
  name: string;
  m: number;
  n: number;
}

const unequal = (one: Sized, other: Sized) =>
  new RankwiseError(
    'shapes-unequal',
    `Tied-LoRA shares A and B among matrices of one shape; ${one.name} is ${one.m}×${one.n}, ${other.name} is ${other.m}×${other.n}.`,
    { field: 'adapters', hint: 'Give each shape an entry of its own.' },
  );
