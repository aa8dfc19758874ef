/** From the items of a spectrum to what is printed: the numbers of every matrix. */
import type { ErrorData } from '../../base/errors.ts';
import { decodeFloats } from '../../base/floats.ts';
import type {
  LearnedPart,
  SpectrumChange,
  SpectrumItem,
  SpectrumLearned,
  SpectrumMatrix,
  SpectrumOf,
} from '../../protocol/spectrum.ts';
import {
  cumulativeEnergy,
  type Measures,
  measures,
  rankForEnergy,
  residualAtRank,
  shareWithin,
} from '../../spectrum/measures.ts';
import { readingOf } from '../../spectrum/reading.ts';

export interface Part extends Measures {
  values: Float32Array;
  residual: number;
  /** cumulative[r]: share of Σσ² in the first r values. */
  cumulative: Float64Array;
}

export interface MatrixReport extends SpectrumMatrix {
  parts: Partial<Record<SpectrumOf, Part>>;
  change?: SpectrumChange;
  learned?: SpectrumLearned;
  faults: { of: SpectrumOf; error: ErrorData }[];
}

export interface ReportSettings {
  interval: [low: number, high: number];
  /** Shares of energy to state ranks for. */
  energies: number[];
  /** From --rank. */
  rank?: number | undefined;
  /** The recipe's, by matrix. */
  ranks: ReadonlyMap<string, number>;
}

export class SpectrumReport {
  readonly matrices = new Map<string, MatrixReport>();

  take(item: SpectrumItem): void {
    if (item.type === 'matrices')
      for (const matrix of item.matrices) this.matrices.set(matrix.name, { ...matrix, parts: {}, faults: [] });
    else if (item.type === 'values') {
      const matrix = this.matrices.get(item.matrix)!;
      const values = decodeFloats(item.values);
      const { residual } = item;
      const cumulative = cumulativeEnergy(values);
      matrix.parts[item.of] = { values, residual, cumulative, ...measures(values, matrix.shape) };
    } else if (item.type === 'change') this.matrices.get(item.matrix)!.change = item;
    else if (item.type === 'learned') this.matrices.get(item.matrix)!.learned = item;
    else if (item.type === 'fault') this.matrices.get(item.matrix)!.faults.push({ of: item.of, error: item.error });
  }

  get list(): MatrixReport[] {
    return [...this.matrices.values()];
  }
}

/** Share of all values of these parts, by count, in the interval. */
export function pooledShare(parts: readonly Part[], [low, high]: readonly [number, number]) {
  let [inside, total] = [0, 0];
  for (const { values } of parts) {
    inside += shareWithin(values, low, high) * values.length;
    total += values.length;
  }
  return { share: total > 0 ? inside / total : 0, values: total };
}

/** As `--json` prints a matrix: the numbers of the base beside its name, those of `merged` and `update` below these. */
export function matrixJson(matrix: MatrixReport, settings: ReportSettings): Record<string, unknown> {
  const { name, shape, layer, kind, adapted, parts, change, learned, faults } = matrix;
  const json = (part: Part) => partJson(part, settings, settings.rank ?? settings.ranks.get(name));
  const rank = settings.ranks.get(name);
  return {
    name,
    shape,
    ...(layer !== undefined && { layer }),
    kind,
    ...(adapted && { adapted }),
    ...(rank !== undefined && { rank }),
    ...(parts.base && json(parts.base)),
    ...(parts.merged && { merged: json(parts.merged) }),
    ...(parts.update && { update: json(parts.update) }),
    ...(change && { change: changeJson(change) }),
    ...(learned && { learned: learnedJson(learned) }),
    ...(faults.length > 0 && { faults }),
  };
}

function partJson(part: Part, { interval: [low, high], energies }: ReportSettings, rank: number | undefined) {
  const { values, cumulative, residual, stableRank, effectiveRank, numericalRank, condition } = part;
  const at = new Set<number>();
  for (let r = 1; r < values.length; r *= 2) at.add(r);
  if (rank !== undefined) at.add(Math.min(rank, values.length));
  at.add(values.length);
  return {
    singularValues: Array.from(values, shortest),
    stableRank,
    effectiveRank,
    numericalRank,
    condition: Number.isFinite(condition) ? condition : null,
    energy: Object.fromEntries([...at].sort((a, b) => a - b).map((r) => [r, cumulative[r]])),
    rankForEnergy: Object.fromEntries(energies.map((share) => [share, rankForEnergy(values, share)])),
    interval: { low, high, share: shareWithin(values, low, high) },
    residual,
    ...(rank !== undefined && { residualAtRank: residualAtRank(values, rank) }),
  };
}

function changeJson(change: SpectrumChange) {
  const { left, right, type: _, matrix: __, ...numbers } = change;
  const { directions } = numbers;
  const rows = (encoded: string) => {
    const values = Array.from(decodeFloats(encoded), shortest);
    return numbers.bins.slice(1).map((_, bin) => values.slice(bin * directions, (bin + 1) * directions));
  };
  return { reading: readingOf(change), ...numbers, left: rows(left), right: rows(right) };
}

/** With the numbers as rows; `null` where a table has no entry. */
function learnedJson({ method, rank, parts }: SpectrumLearned) {
  const numbers = (encoded: string) =>
    Array.from(decodeFloats(encoded), (x) => (Number.isFinite(x) ? shortest(x) : null));
  const json = (part: LearnedPart) => {
    const values = numbers(part.values);
    if (part.kind === 'vector')
      return { ...part, values, beside: part.beside.map(({ title, values }) => ({ title, values: numbers(values) })) };
    const width = Math.ceil(part.shape[1] / part.bin[1]);
    const rows = Array.from({ length: values.length / width }, (_, row) =>
      values.slice(row * width, (row + 1) * width),
    );
    return { ...part, values: rows };
  };
  return { method, ...(rank !== undefined && { rank }), parts: parts.map(json) };
}

/** The fewest digits that give the float32 back: as a double 0.1 would have seventeen. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
