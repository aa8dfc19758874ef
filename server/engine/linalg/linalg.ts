/** The decompositions on our own kernel, native or as WebAssembly: what is checked before, and what is made of the answer. */
import { RankwiseError } from '../../base/errors.ts';
import type { Answer, Call, Lane } from './calls.ts';
import { columnsOf, notFinite } from './finish.ts';
import { Lanes } from './lanes.ts';
import { truncation } from './truncation.ts';
import type { CallOptions, Linalg, LinalgKernel, Matrix, Svd, TruncatedSvd, TruncationSettings } from './types.ts';

/** What DESIGN §5 asks of a decomposition; a truncated one that misses it is cut from a full one. */
export const GOOD = 1e-5;

export function kernelLinalg(kernel: LinalgKernel, version: string, lanes: number, makeLane: () => Lane): Linalg {
  const pool = new Lanes(lanes, makeLane);
  const compute = async (call: Call, signal?: AbortSignal): Promise<Answer> => {
    demandShape(call);
    const answer = await pool.run(call, signal);
    if (answer.outcome.failure !== undefined) throw failure(answer.outcome, call);
    return answer;
  };
  const of = (w: Matrix, { threads = 1 }: CallOptions) => ({ a: w.data, m: w.rows, n: w.columns, threads });

  const svd = async (w: Matrix, options: CallOptions = {}): Promise<Svd> => {
    const answer = await compute({ kind: 'full', ...of(w, options) }, options.signal);
    return toSvd(answer, w, Math.min(w.rows, w.columns));
  };

  return {
    kernel,
    version,
    svd,

    async singularValues(w, options = {}) {
      const { parts } = await compute({ kind: 'values', ...of(w, options) }, options.signal);
      return parts[0]!;
    },

    async truncatedSvd(w, rank, options = {}): Promise<TruncatedSvd> {
      const settings = truncation(w, rank, options);
      if (settings.direct) return leading(await svd(w, options), rank, settings);
      const { oversampling, iterations, seed } = settings;
      const call: Call = { kind: 'truncated', ...of(w, options), rank, oversampling, iterations, seed };
      const found = toSvd(await compute(call, options.signal), w, rank);
      if (found.orthogonality > GOOD) return leading(await svd(w, options), rank, settings);
      return { ...found, rank, oversampling, iterations, seed };
    },

    async qr(w, options = {}) {
      const { parts } = await compute({ kind: 'orthogonal', ...of(w, options) }, options.signal);
      const k = Math.min(w.rows, w.columns);
      return { q: { rows: w.rows, columns: k, data: parts[0]! }, r: { rows: k, columns: w.columns, data: parts[1]! } };
    },

    async close() {
      pool.close();
    },
  };
}

function toSvd({ parts, outcome }: Answer, { rows, columns }: Matrix, k: number): Svd {
  const [u, s, vt] = parts as [Float32Array, Float32Array, Float32Array];
  return {
    u: { rows, columns: k, data: u },
    s,
    vt: { rows: k, columns, data: vt },
    residual: outcome.residual!,
    orthogonality: outcome.orthogonality!,
  };
}

/** The first `rank` triplets of a full decomposition: the best approximation of that rank. */
export function leading(all: Svd, rank: number, settings: TruncationSettings): TruncatedSvd {
  const { u, s, vt, orthogonality } = all;
  const { oversampling, iterations, seed } = settings;
  return {
    u: columnsOf(u, 0, rank),
    s: s.slice(0, rank),
    vt: { rows: rank, columns: vt.columns, data: vt.data.slice(0, rank * vt.columns) },
    residual: Math.hypot(all.residual, missing(s, rank)),
    orthogonality,
    rank,
    oversampling,
    iterations,
    seed,
  };
}

/** √(Σ_{i>r} σᵢ² / Σσᵢ²), summed from the small ones up. */
function missing(s: Float32Array, rank: number): number {
  let [beyond, whole] = [0, 0];
  for (let i = s.length - 1; i >= 0; i--) {
    whole += s[i]! ** 2;
    if (i === rank) beyond = whole;
  }
  return whole > 0 ? Math.sqrt(beyond / whole) : 0;
}

/** What our own kernel checks by itself. Errors: `matrix-empty`, `matrix-not-finite`. */
export function demandSound(w: Matrix): void {
  const shape = { a: w.data, m: w.rows, n: w.columns };
  demandShape(shape);
  const wrong = notFinite(w);
  if (wrong.count > 0) throw failure({ failure: 'not-finite', ...wrong }, shape);
}

/** Errors: `matrix-empty`. */
function demandShape({ a, m, n }: Pick<Call, 'a' | 'm' | 'n'>): void {
  if (m < 1 || n < 1)
    throw new RankwiseError('matrix-empty', `A ${m}×${n} matrix has no singular values.`, { kind: 'runtime' });
  if (a.length !== m * n) throw new TypeError(`a ${m}×${n} matrix with ${a.length} values`);
}

/** Why a kernel has no result, for people. */
function failure({ failure, count = 0, first = 0 }: Answer['outcome'], { m, n }: Pick<Call, 'm' | 'n'>): RankwiseError {
  if (failure === 'not-finite')
    return new RankwiseError(
      'matrix-not-finite',
      `${count === 1 ? 'One value' : `${count} values`} of the ${m}×${n} matrix ${count === 1 ? 'is' : 'are'} NaN or infinite, the first in row ${Math.floor(first / n)}, column ${first % n}.`,
      { kind: 'runtime', hint: 'The checkpoint is damaged, or its training diverged.' },
    );
  return new RankwiseError(
    'decomposition-failed',
    failure === 'no-convergence'
      ? `The SVD of the ${m}×${n} matrix did not converge.`
      : `The ${m}×${n} matrix could not be decomposed: ${failure}.`,
    { kind: 'runtime', hint: 'Another kernel may do it: the setting `rankwise.linalg`.' },
  );
}
