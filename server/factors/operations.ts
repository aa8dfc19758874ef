/** What is asked of a matrix: how it is computed, what names it in the cache, and how its result is kept. */
import type { HostTensor } from '../base/tensor.ts';
import type { CallOptions, Linalg, Matrix, Svd, TruncatedSvd, TruncationSettings } from '../engine/linalg/types.ts';
import type { Entry } from './entry.ts';
import type { Found, Values } from './types.ts';

export interface Operation<T> {
  name: string;
  parameters: Record<string, number | undefined>;
  /** Of the arrays of an entry. */
  shapes: Record<string, number[]>;
  compute(linalg: Linalg): Promise<T>;
  pack(result: T): Entry;
  unpack(entry: Entry): T;
}

export const values = (w: Matrix, call: CallOptions): Operation<Omit<Values, keyof Found>> => ({
  name: 'values',
  parameters: {},
  shapes: { s: [Math.min(w.rows, w.columns)] },
  async compute(linalg) {
    const s = await linalg.singularValues(w, call);
    const [norm, kept] = [frobenius(w.data), frobenius(s)];
    return { values: s, residual: norm > 0 ? Math.abs(norm - kept) / norm : 0 };
  },
  pack: ({ values: s, residual }) => ({ numbers: { residual }, arrays: { s: vector(s) } }),
  unpack: ({ numbers, arrays }) => ({ values: arrays.s!.data, residual: numbers.residual! }),
});

export const fullSvd = (w: Matrix, call: CallOptions): Operation<Svd> => ({
  name: 'svd',
  parameters: {},
  shapes: shapesOf(w, Math.min(w.rows, w.columns)),
  compute: (linalg) => linalg.svd(w, call),
  pack: ({ residual, orthogonality, ...arrays }) => ({ numbers: { residual, orthogonality }, arrays: pack(arrays) }),
  unpack: ({ numbers: { residual, orthogonality }, arrays }) => ({
    ...unpack(arrays),
    residual: residual!,
    orthogonality: orthogonality!,
  }),
});

export const truncatedSvd = (
  w: Matrix,
  rank: number,
  call: CallOptions & Partial<TruncationSettings>,
): Operation<TruncatedSvd> => ({
  name: 'truncated',
  // As asked for: what stands where nothing was said belongs to the kernel's version.
  parameters: { rank, oversampling: call.oversampling, iterations: call.iterations, seed: call.seed },
  shapes: shapesOf(w, Math.min(rank, w.rows, w.columns)),
  compute: (linalg) => linalg.truncatedSvd(w, rank, call),
  pack: ({ u, s, vt, ...numbers }) => ({ numbers: { ...numbers }, arrays: pack({ u, s, vt }) }),
  unpack: ({ numbers, arrays }) => ({ ...(numbers as unknown as TruncatedSvd), ...unpack(arrays) }),
});

type Triplets = Pick<Svd, 'u' | 's' | 'vt'>;

const shapesOf = ({ rows, columns }: Matrix, k: number) => ({ u: [rows, k], s: [k], vt: [k, columns] });
const pack = ({ u, s, vt }: Triplets) => ({ u: tensorOf(u), s: vector(s), vt: tensorOf(vt) });
const unpack = ({ u, s, vt }: Entry['arrays']): Triplets => ({ u: matrixOf(u!), s: s!.data, vt: matrixOf(vt!) });

const vector = (data: Float32Array): HostTensor => ({ shape: [data.length], data });
const tensorOf = ({ rows, columns, data }: Matrix): HostTensor => ({ shape: [rows, columns], data });
const matrixOf = ({ shape, data }: HostTensor): Matrix => ({ rows: shape[0]!, columns: shape[1]!, data });

/** Summed in float64. */
function frobenius(data: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += data[i]! * data[i]!;
  return Math.sqrt(squares);
}
