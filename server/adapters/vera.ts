/**
 * VeRA: W + diag(b) B diag(d) A with one pair of frozen random projections A (r × the widest n) and B (the tallest m × r) for all matrices of
 * an entry, sliced for smaller ones. Kopiczko et al. 2023, https://arxiv.org/abs/2310.11454; initialisation, key names and configuration are
 * those of Hugging Face PEFT 0.21, but for the random numbers.
 */
import { Random } from '../base/random.ts';
import type { HostTensor } from '../base/tensor.ts';
import { lowRank } from '../engine/ops/index.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { plusProduct, scaledRows } from './factors.ts';
import { dropped, lora } from './lora.ts';
import type { MatrixAdapter, MatrixSite, SiteState } from './types.ts';

interface VeraOptions {
  d_initial: number;
  projection_seed: number;
  save_projection: boolean;
  dropout?: number;
}

const optionsOf = ({ options }: MatrixSettings) => options as unknown as VeraOptions;

export const vera: MatrixAdapter = {
  shared: {
    keys: { vera_A: 'A', vera_B: 'B' },
    kept: (settings) => optionsOf(settings).save_projection,
    shapes(sites) {
      const { rank } = sites[0]!.settings;
      const largest = (side: 'm' | 'n') => sites.reduce((most, site) => Math.max(most, site[side]), 0);
      return { A: [rank, largest('n')], B: [largest('m'), rank] };
    },
    init(sites) {
      const { A, B } = this.shapes(sites);
      const random = Random.seeded(optionsOf(sites[0]!.settings).projection_seed, 'vera projection');
      return { A: kaimingAlong(A!, random), B: kaimingAlong(B!, random) };
    },
  },

  init({ m, settings, ...site }, _weight, _random, _svd, shared) {
    const { rank } = settings;
    const b = { shape: [m], data: new Float32Array(m) };
    const d = { shape: [rank], data: new Float32Array(rank).fill(optionsOf(settings).d_initial) };
    return stateOf({ m, settings, ...site }, { b, d }, shared!);
  },

  restore: (site, { b, d, A, B }) => stateOf(site, { b: b!, d: d! }, { A: A!, B: B! }),

  forward: (x, site) => {
    const { A, B, b, d } = site.tensors;
    return lowRank(site.base(x), dropped(x, site), { A: A!, B: B!, hidden: d!, rows: b! }, 1);
  },

  ...(lora.randomInputs && { randomInputs: lora.randomInputs }),

  merge(weight, state) {
    const { A, B } = factorsOf(state);
    return plusProduct(weight, B, A, 1);
  },

  shapes: ({ m, settings: { rank } }) => ({ b: [m], d: [rank] }),

  peftConfig(settings) {
    const { d_initial, projection_seed, save_projection, dropout = 0 } = optionsOf(settings);
    return {
      // PEFT would draw other projections from the seed, and say nothing: a type that it does not know is refused.
      peft_type: save_projection ? 'VERA' : 'VERA_SEEDED',
      r: settings.rank,
      projection_prng_key: projection_seed,
      save_projection,
      d_initial,
      vera_dropout: dropout,
      bias: 'none',
      fan_in_fan_out: false,
      init_weights: true,
      exclude_modules: undefined,
    };
  },
  peftKeys: { vera_lambda_b: 'b', vera_lambda_d: 'd' },

  learned({ trainable: { b, d } }, { settings }) {
    const { d_initial } = optionsOf(settings);
    return {
      items: [
        {
          kind: 'vector',
          title: 'b',
          about: 'Each output of the random projection B is multiplied by its b.',
          neutral: 0,
          index: 'output',
          values: b!.data,
        },
        {
          kind: 'vector',
          title: 'd',
          about: `Each output of the random projection A is multiplied by its d; they began as ${d_initial}.`,
          neutral: d_initial,
          index: 'random direction',
          values: d!.data,
        },
      ],
    };
  },

  plain(state, { rank }) {
    return { ...factorsOf(state), settings: { rank, alpha: rank, options: {} } };
  },
};

/** diag(b)·B and diag(d)·A. */
function factorsOf({ trainable: { b, d }, frozen: { A, B } }: SiteState): Record<'A' | 'B', HostTensor> {
  return { A: scaledRows(A!, d!.data), B: scaledRows(B!, b!.data) };
}

type Projections = Record<string, HostTensor>;

function stateOf({ m, n, settings }: MatrixSite, trainable: SiteState['trainable'], shared: Projections): SiteState {
  const { rank } = settings;
  const frozen = { A: sliced(shared.A!, rank, n), B: sliced(shared.B!, m, rank) };
  return { trainable, frozen, shared };
}

/** Slices by what they are cut from and their size: sites of one shape hold the same object. */
const slices = new WeakMap<HostTensor, Map<string, HostTensor>>();

/** The first rows and columns. */
function sliced(whole: HostTensor, rows: number, columns: number): HostTensor {
  const width = whole.shape[1]!;
  if (whole.shape[0] === rows && width === columns) return whole;
  const known = slices.get(whole) ?? new Map<string, HostTensor>();
  slices.set(whole, known);
  const key = `${rows} ${columns}`;
  const found = known.get(key);
  if (found) return found;
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) data.set(whole.data.subarray(i * width, i * width + columns), i * columns);
  const slice = { shape: [rows, columns], data };
  known.set(key, slice);
  return slice;
}

/** PEFT's `_kaiming_init`: uniform, with the gain √2 of a = 0 and the number of columns as fan-in. */
function kaimingAlong(shape: number[], random: Random): HostTensor {
  const bound = Math.sqrt(6 / shape[1]!);
  const data = Float32Array.from({ length: shape[0]! * shape[1]! }, () => (2 * random.uniform() - 1) * bound);
  return { shape, data };
}
