/** The job `spectrum`: singular values of the matrices of a model, matrix by matrix as they come. */
import type { ErrorData } from '../base/errors.ts';

export interface SpectrumParams {
  /** Absolute path of a model folder, or a hub id in the local cache. */
  model: string;
  /** Absolute path of an adapter folder (PEFT format), or of the model folder that full fine-tuning wrote. */
  adapter?: string;
  /**
   * Which values: of the base's weights; with an adapter also of the merged weights and of their difference, the update, with its
   * change (below), for the matrices that the adapter changes. Default: base.
   */
  of?: SpectrumOf[];
  /** `false`: the update comes without its change, which takes the base's singular vectors and so far longer. */
  changes?: boolean;
  /** Only modules whose name, or what follows a dot in it, matches: `*` any characters, or a comma-separated list of such. */
  modules?: string;
  /** Absolute path of the cache folder's root (RANKWISE_HOME); absent: nothing is read or kept. */
  home?: string;
  /** Overrides of the engine's choice, from a setting. */
  kernel?: string;
}

/** `base`: W. `merged`: what the adapted model computes with. `update`: merged − W. */
export type SpectrumOf = 'base' | 'merged' | 'update';

/** A weight matrix m×n (out × in) of a linear module. */
export interface SpectrumMatrix {
  /** Module name, as recipes write it. */
  name: string;
  shape: [number, number];
  /** Absent outside the layers. */
  layer?: number;
  /** What modules of the same place in different layers share: the name with `*` for the layer number. */
  kind: string;
  /** The adapter changes it. */
  adapted?: boolean;
  /** Its method tells what it learned: a `learned` item comes where merged weights or the update were asked for. */
  learns?: boolean;
}

export type SpectrumItem =
  /** First, once: everything that will come, in the model's order. */
  | { type: 'matrices'; matrices: SpectrumMatrix[] }
  | SpectrumValues
  | SpectrumChange
  | SpectrumLearned
  /** This matrix cannot be decomposed (NaN, …); the others go on. */
  | { type: 'fault'; matrix: string; of: SpectrumOf; error: ErrorData }
  /** At most ten times a second, and a last one with done = total. */
  | { type: 'progress'; done: number; total: number; remainingSeconds?: number };

export interface SpectrumValues {
  type: 'values';
  matrix: string;
  of: SpectrumOf;
  /** Base64 of min(m, n) little-endian float32, descending. */
  values: string;
  /** |‖W‖_F − ‖σ‖₂| / ‖W‖_F: how much of the matrix's energy the values miss. */
  residual: number;
  cached: boolean;
  seconds: number;
}

/**
 * What training changed in one matrix. W = UΣVᵀ is the base, ΔW = PΘQᵀ the update, `directions` = how many leading ones of ΔW are
 * looked at (its numerical rank, at most 64). Shares lie in [0, 1].
 */
export interface SpectrumChange {
  type: 'change';
  matrix: string;
  /** ‖W‖_F, ‖ΔW‖_F. */
  baseNorm: number;
  updateNorm: number;
  directions: number;
  /** The base's directions come in bins: bin i holds the indices from bins[i] up to bins[i + 1]. */
  bins: number[];
  /**
   * Base64 of float32 [bins × directions], row-major: how much of the update's j-th left (right) singular vector lies in the span of the
   * base's left (right) singular vectors of bin i: Σ (uₐ·pⱼ)². What is missing from a column's sum lies outside the base's span.
   */
  left: string;
  right: string;
  /** Share of ‖ΔW‖_F² between the base's leading `directions` left and right singular vectors: ‖U_dᵀ ΔW V_d‖_F² / ‖ΔW‖_F². */
  inTop: number;
  /** The same for a random update: d² / (m·n). */
  inTopByChance: number;
  /** Share of ‖ΔW‖_F² on the diagonal of Uᵀ·ΔW·V: base directions that were only made longer or shorter. */
  diagonal: number;
  /** ‖ΔW‖_F / ‖P_dᵀ W Q_d‖_F: how much the update amplifies what the base has along its directions (Hu et al. 2021, §7.3). */
  amplification: number;
}

/** What the adapter's method learned at one matrix: numbers that only the method knows how to name. */
export interface SpectrumLearned {
  type: 'learned';
  matrix: string;
  /** Id of the method. */
  method: string;
  /** The rank that the method has left the matrix, where it takes ranks away. */
  rank?: number;
  parts: LearnedPart[];
}

interface LearnedNumbers {
  /** "z", and in a sentence where it stands in the method's formula. */
  title: string;
  about: string;
  /** The value that changes nothing, or that all began with. */
  neutral: number;
  /** Numbers that were learned, their range, and √ of the mean of (value − neutral)². */
  entries: number;
  low: number;
  high: number;
  distance: number;
  /** The furthest from neutral, the furthest first, eight at most. Places count from 0; a vector's have no column. */
  largest: { row: number; column?: number; value: number }[];
}

/** Base64 of float32; where there are more than 8192 values, `bin` neighbours become the one furthest from neutral. */
export interface LearnedVector extends LearnedNumbers {
  kind: 'vector';
  /** What its index counts. */
  index: string;
  length: number;
  bin: number;
  values: string;
  /** Curves over the same index, in the same bins. */
  beside: { title: string; values: string }[];
}

/**
 * Base64 of float32, row-major, at most 128×128: where there are more, bin[0]·bin[1] neighbours become the one furthest from neutral.
 * NaN where there is no entry: M of SVFT has few.
 */
export interface LearnedTable extends LearnedNumbers {
  kind: 'table';
  rows: string;
  columns: string;
  shape: [number, number];
  bin: [number, number];
  values: string;
}

export type LearnedPart = LearnedVector | LearnedTable;

export interface SpectrumResult {
  matrices: number;
  /** Of them from the cache. */
  cached: number;
  seconds: number;
  /** What computed; absent where nothing had to be. */
  kernel?: string;
  /** Of the cache: results hold without it. */
  warnings?: { code: string; message: string }[];
}
