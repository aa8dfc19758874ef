/**
 * SVFT: U (diag(S) + M) Vᵀ with a sparse M. Lingam et al. 2024, https://arxiv.org/abs/2405.19597. With fewer triplets than W has, W + U M Vᵀ: what they
 * do not span stays. With a gate M·sigmoid(g). Entries of M in the order of `svftPlaces`, or of rows and columns.
 */
import * as tf from '@tensorflow/tfjs-core';
import { RankwiseError } from '../base/errors.ts';
import type { HostTensor } from '../base/tensor.ts';
import {
  bandedPattern,
  plainPattern,
  type SvftPattern,
  scatteredPattern,
  svft as svftOp,
} from '../engine/ops/index.ts';
import { spectralSize } from '../methods/spectral.ts';
import { svftCoefficients, svftOptions } from '../methods/svft.ts';
import type { MatrixSettings } from '../methods/types.ts';
import { diagonal, type Entries, type Factors, factorsOf, plusLeft, sparseProduct, tensorFactors } from './spectral.ts';
import { alignedPlaces, bandEntries, randomPlaces } from './svft-places.ts';
import type { MatrixAdapter, MatrixSite, SiteState } from './types.ts';

const anywhere = (settings: MatrixSettings) => ['random', 'top-k'].includes(svftOptions(settings).pattern);

export const svft: MatrixAdapter = {
  decomposition(site) {
    const rank = spectralSize(site, site.settings);
    return rank < Math.min(site.m, site.n) ? { kind: 'truncated', rank } : { kind: 'full' };
  },
  factorsOutside: true,

  init(site, _weight, random, svd) {
    const factors = factorsOf(svd!);
    const { pattern, gate, init } = svftOptions(site.settings);
    const entries = svftCoefficients(site, site.settings);
    const k = factors.S.data.length;
    const places =
      pattern === 'random'
        ? randomPlaces(k, entries, random)
        : pattern === 'top-k'
          ? alignedPlaces(factors, entries)
          : undefined;
    const deviation = init === 'reference' ? Math.sqrt(2 / entries) : 0;
    const M = vector(entries, () => (deviation > 0 ? deviation * random.normal() : 0));
    return {
      trainable: { M, ...(gate && { gate: vector(1, () => 0) }) },
      frozen: {
        ...factors,
        ...(places && scattered(places, k)),
      },
    };
  },

  restore(site, { M, gate, rows, columns }, _weight, svd) {
    const scattered = anywhere(site.settings);
    if (scattered) demandPlaces(site, rows!, columns!);
    return {
      trainable: { M: M!, ...(gate && { gate }) },
      frozen: { ...factorsOf(svd!), ...(scattered && { rows: rows!, columns: columns! }) },
    };
  },

  forward(x, { base, tensors, settings }) {
    const { M, gate } = tensors;
    const factors = tensorFactors(tensors);
    const values = gate ? tf.mul(M!, tf.sigmoid(gate)) : M!;
    const pattern = patternOf(settings, factors.S.size, tensors);
    if (!truncated(factors)) return svftOp(x, factors, values, pattern);
    return tf.add(base(x), svftOp(x, { ...factors, S: tf.zerosLike(factors.S) }, values, pattern));
  },

  merge(weight, state, { settings }) {
    const { U, S, Vt } = state.frozen as Factors;
    const M = entriesOf(state, settings);
    if (truncated({ U, S, Vt })) return plusLeft(U, sparseProduct(M, Vt), weight);
    return plusLeft(U, sparseProduct(joined(diagonal(S.data), M), Vt));
  },

  shapes({ name, m, n, settings }) {
    const entries = svftCoefficients({ name, m, n }, settings);
    return {
      M: [entries],
      ...(svftOptions(settings).gate && { gate: [1] }),
      ...(anywhere(settings) && { rows: [entries], columns: [entries] }),
    };
  },

  peftConfig(settings, patterns, sites) {
    const { num_coefficients = null, coefficients_pattern: _, ...options } = svftOptions(settings);
    const r = settings.rank || null;
    const usual = { ...options, ...(num_coefficients !== null && { num_coefficients }) };
    const own = sites
      .map(({ name, m, n, settings, state }) => ({
        name,
        entries: state.trainable.M!.data.length,
        usual: svftCoefficients({ m, n }, { ...settings, options: usual }),
      }))
      .filter((site) => site.entries !== site.usual);
    const coefficients_pattern = Object.fromEntries(own.map(({ name, entries }) => [name, entries]));
    const more = own.length > 0 ? { coefficients_pattern } : {};
    return { peft_type: 'SVFT', r, rank_pattern: patterns.rank, ...options, num_coefficients, ...more };
  },

  /** M = Σ wᵢ·Mᵢ, gates folded in, at all places that one of them has. */
  sum(parts, settings) {
    const { frozen } = parts[0]!.state;
    const { U, S, Vt } = frozen as Factors;
    const k = S.data.length;
    const values = new Map<number, number>();
    for (const { state, settings: own, weight } of parts) {
      const M = entriesOf(state, own);
      for (let i = 0; i < M.values.length; i++) {
        const place = M.rows[i]! * k + M.columns[i]!;
        values.set(place, (values.get(place) ?? 0) + weight * M.values[i]!);
      }
    }
    const places = anywhere(settings) ? [...values.keys()].sort((a, b) => a - b) : fixedPlaces(k, settings);
    return {
      trainable: { M: vector(places.length, (i) => values.get(places[i]!) ?? 0) },
      frozen: { U, S, Vt, ...(anywhere(settings) && scattered(places, k)) },
    };
  },

  /** Of rank k: A is M·Vᵀ, B is U. */
  plain(state, settings) {
    const { U, S, Vt } = state.frozen as Factors;
    const k = S.data.length;
    const A = sparseProduct(entriesOf(state, settings), Vt);
    return { A, B: U, settings: { rank: k, alpha: k, options: {} } };
  },

  learned(state, { settings }) {
    const { rows, columns, values } = entriesOf(state, settings);
    const k = state.frozen.S!.data.length;
    const gate = state.trainable.gate ? ` Its gate, σ(g) = ${gateOf(state).toPrecision(3)}, is in them.` : '';
    return {
      items: [
        {
          kind: 'sparse',
          title: 'M',
          about: `What was added to diag(S) between the singular directions of W, at ${svftOptions(settings).pattern} places.${gate}`,
          neutral: 0,
          rows: 'left direction',
          columns: 'right direction',
          shape: [k, k],
          places: { rows, columns },
          values,
        },
      ],
    };
  },
  peftKeys: { svft_M: 'M', svft_gate: 'gate', svft_rows: 'rows', svft_columns: 'columns' },
};

const vector = (length: number, value: (i: number) => number): HostTensor => ({
  shape: [length],
  data: Float32Array.from({ length }, (_, i) => value(i)),
});

/** row·k + column -> rows and columns. */
const scattered = (places: ArrayLike<number>, k: number): Record<'rows' | 'columns', HostTensor> => ({
  rows: vector(places.length, (i) => Math.floor(places[i]! / k)),
  columns: vector(places.length, (i) => places[i]! % k),
});

/** In the order of M's entries. */
function fixedPlaces(k: number, settings: MatrixSettings): number[] {
  const { pattern, off_diagonals } = svftOptions(settings);
  if (pattern === 'plain') return Array.from({ length: k }, (_, i) => i * (k + 1));
  const { rows, columns } = bandEntries(k, off_diagonals);
  return Array.from(rows, (row, i) => row * k + columns[i]!);
}

/** Whether they leave out part of W. */
const truncated = ({ U, S, Vt }: Record<'U' | 'S' | 'Vt', { shape: number[] }>): boolean =>
  S.shape[0]! < Math.min(U.shape[0]!, Vt.shape[1]!);

function patternOf(settings: MatrixSettings, k: number, { rows, columns }: Record<string, tf.Tensor>): SvftPattern {
  const { pattern, off_diagonals } = svftOptions(settings);
  if (pattern === 'plain') return plainPattern(k);
  if (pattern === 'banded') return bandedPattern(k, off_diagonals);
  return scatteredPattern(k, tf.cast(rows!, 'int32'), tf.cast(columns!, 'int32'));
}

/** M as the forward pass sees it, gated. */
function entriesOf(state: SiteState, settings: MatrixSettings): Entries {
  const { frozen } = state;
  const factor = gateOf(state);
  const values = Float64Array.from(state.trainable.M!.data, (value) => value * factor);
  const { pattern, off_diagonals } = svftOptions(settings);
  if (pattern === 'plain') return diagonal(values);
  if (pattern === 'banded') return { ...bandEntries(frozen.S!.data.length, off_diagonals), values };
  return { rows: frozen.rows!.data, columns: frozen.columns!.data, values };
}

const gateOf = ({ trainable: { gate } }: SiteState): number => (gate ? 1 / (1 + Math.exp(-gate.data[0]!)) : 1);

const joined = (a: Entries, b: Entries): Entries => ({
  rows: [...Array.from(a.rows), ...Array.from(b.rows)],
  columns: [...Array.from(a.columns), ...Array.from(b.columns)],
  values: [...Array.from(a.values), ...Array.from(b.values)],
});

/** Of a file: within M, and no place twice. */
function demandPlaces(site: MatrixSite, { data: rows }: HostTensor, { data: columns }: HostTensor): void {
  const k = spectralSize(site, site.settings);
  const within = (at: number) => Number.isInteger(at) && at >= 0 && at < k;
  const places = new Set(rows.map((row, i) => row * k + columns[i]!));
  if (rows.every(within) && columns.every(within) && places.size === rows.length) return;
  throw new RankwiseError(
    'bad-adapter',
    `${site.name}: the places of its coefficients are not distinct places of a ${k}×${k} matrix.`,
    {
      field: site.name,
      hint: 'Use the adapter as it was saved.',
    },
  );
}
