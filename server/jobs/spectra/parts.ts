/** One matrix's parts of the answer, as they come: values of what was asked for, and what training changed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Decomposition } from '../../adapters/types.ts';
import type { Module } from '../../architectures/types.ts';
import { errorData, RankwiseError } from '../../base/errors.ts';
import { encodeFloats } from '../../base/floats.ts';
import { demandGoing } from '../../base/lanes.ts';
import type { CallOptions } from '../../engine/linalg/types.ts';
import type { Factors, StoredMatrix } from '../../factors/types.ts';
import type { SpectrumChange, SpectrumItem, SpectrumMatrix, SpectrumOf } from '../../protocol/spectrum.ts';
import { changeOf, maxDirections } from '../../spectrum/change.ts';
import { measures } from '../../spectrum/measures.ts';
import { decomposeAs } from '../../training/decompose.ts';
import type { Adapted } from './adapted.ts';
import { learnedItem } from './learned.ts';

export interface Parts {
  of: readonly SpectrumOf[];
  /** With the update, the analysis of what changed. */
  changes: boolean;
  factors: Factors;
  adapted?: Adapted;
  emit(item: SpectrumItem): void;
  /** A decomposition has ended. */
  took(effort: number, found: { cached: boolean; seconds: number }): void;
}

/** Work of each part in that of one call for values: full decompositions cost some four times as much. */
export const effort = { values: 1, svd: 4 } as const;

export function effortOf({ adapted }: SpectrumMatrix, of: readonly SpectrumOf[], changes: boolean): number {
  const asked = of.filter((one) => one === 'base' || adapted).length * effort.values;
  return asked + (changes && adapted && of.includes('update') ? effort.svd : 0);
}

/** Faults of the matrix become items; anything else rejects. Gives whether all of it came from the cache. */
export async function partsOf(
  { matrix, module }: { matrix: SpectrumMatrix; module: Module },
  read: () => StoredMatrix,
  { of, changes, factors, adapted, emit, took }: Parts,
  call: CallOptions & { signal: AbortSignal },
): Promise<boolean> {
  const { name } = matrix;
  let cached = true;
  const guarded = async <T>(part: SpectrumOf, body: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      demandGoing(call.signal);
      return await body();
    } catch (error) {
      if (!isMatrixFault(error)) throw error;
      cached = false;
      emit({ type: 'fault', matrix: name, of: part, error: errorData(error) });
      return undefined;
    }
  };
  const valuesOf = (part: SpectrumOf, w: StoredMatrix) =>
    guarded(part, async () => {
      const { values, residual, ...found } = await factors.singularValues(w, call);
      took(effort.values, found);
      cached &&= found.cached;
      emit({ type: 'values', matrix: name, of: part, values: encodeFloats(values), residual, ...found });
      return values;
    });

  const changed = adapted?.changes(module) ? of.filter((one) => one !== 'base') : [];
  const base = await guarded(of[0]!, read);
  if (!base) return false;
  if (of.includes('base')) await valuesOf('base', base);
  if (changed.length === 0) return cached;
  const decompose = (wanted: Decomposition) => decomposeAs(wanted, base, factors, call);
  const after = await guarded(changed[0]!, () => adapted!.apply(module, { w: base, decompose, home: factors.home }));
  if (!after) return false;
  if (after.learned) emit(learnedItem(name, after.learned.method, after.learned.what));
  const like = (data: Float32Array): StoredMatrix => ({ rows: base.rows, columns: base.columns, data });
  if (of.includes('merged')) await valuesOf('merged', like(after.merged));
  if (!of.includes('update')) return cached;
  const update = like(after.update);
  const values = await valuesOf('update', update);
  if (!values || !changes) return cached;
  await guarded('update', async () => {
    const { item, found } = await changeItem(name, base, update, values, factors, call);
    for (const one of found) cached &&= one.cached;
    took(effort.svd, { cached: found[0]!.cached, seconds: found[0]!.seconds });
    emit(item);
  });
  return cached;
}

async function changeItem(
  matrix: string,
  w: StoredMatrix,
  update: StoredMatrix,
  values: Float32Array,
  factors: Factors,
  call: CallOptions & { signal: AbortSignal },
) {
  const base = await factors.svd(w, call);
  const triplets = await leading(update, factors, call);
  const shape = [w.rows, w.columns] as const;
  const { numericalRank, norm: updateNorm } = measures(values, shape);
  const directions = Math.min(numericalRank, maxDirections);
  const pause = async () => {
    await nextTurn();
    demandGoing(call.signal);
  };
  const { left, right, ...numbers } = await changeOf(base, triplets, directions, pause);
  const item: SpectrumChange = {
    type: 'change',
    matrix,
    baseNorm: measures(base.s, shape).norm,
    updateNorm,
    directions,
    left: encodeFloats(left),
    right: encodeFloats(right),
    ...numbers,
  };
  return { item, found: [base, triplets] };
}

/** The leading triplets where they hold the update, as they do for updates of low rank; else all of them. */
async function leading(update: StoredMatrix, factors: Factors, call: CallOptions) {
  const k = Math.min(update.rows, update.columns);
  if (k > 2 * maxDirections) {
    const top = await factors.truncatedSvd(update, maxDirections, call);
    if (top.residual < 1e-4) return top;
  }
  return factors.svd(update, call);
}

const matrixFaults = new Set(['matrix-not-finite', 'matrix-empty', 'decomposition-failed', 'unsupported-dtype']);

const isMatrixFault = (error: unknown): boolean => error instanceof RankwiseError && matrixFaults.has(error.code);
