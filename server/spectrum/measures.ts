/** What a spectrum says in numbers. `values` are singular values σ₁ ≥ σ₂ ≥ … ≥ σ_k ≥ 0 of an m×n matrix; sums run in float64. */

export interface Measures {
  largest: number;
  smallest: number;
  /** ‖W‖_F = √Σσ² */
  norm: number;
  /** ‖W‖_F² / σ₁² (Rudelson and Vershynin 2007); 0 for a zero matrix. */
  stableRank: number;
  /** exp of the entropy of σ / Σσ (Roy and Vetterli 2007); 0 for a zero matrix. */
  effectiveRank: number;
  /** σ₁ / σ_k; infinite where σ_k is 0. */
  condition: number;
  /** Values above max(m, n)·ε·σ₁, ε that of float32: those that are not rounding. */
  numericalRank: number;
}

const EPSILON = 2 ** -23;

export function measures(values: Float32Array, [m, n]: readonly [number, number]): Measures {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const [largest, smallest] = [values[0] ?? 0, values.at(-1) ?? 0];
  let entropy = 0;
  for (const value of values) if (value > 0) entropy -= (value / sum) * Math.log(value / sum);
  const noise = Math.max(m, n) * EPSILON * largest;
  return {
    largest,
    smallest,
    norm: Math.sqrt(squares),
    stableRank: largest > 0 ? squares / largest ** 2 : 0,
    effectiveRank: largest > 0 ? Math.exp(entropy) : 0,
    condition: smallest > 0 ? largest / smallest : Number.POSITIVE_INFINITY,
    numericalRank: countAbove(values, noise),
  };
}

/** cumulative[r] = share of Σσ² in the first r values, r from 0 to k; all 0 for a zero matrix. */
export function cumulativeEnergy(values: Float32Array): Float64Array {
  const cumulative = new Float64Array(values.length + 1);
  for (let r = 0; r < values.length; r++) cumulative[r + 1] = cumulative[r]! + values[r]! * values[r]!;
  const total = cumulative[values.length]!;
  if (total > 0) for (let r = 0; r <= values.length; r++) cumulative[r]! /= total;
  return cumulative;
}

/** Share of Σσ² in the last `rank` values: summed from the smallest, so that nothing is lost beside the large ones. */
export function energyOfLast(values: Float32Array, rank: number): number {
  let [last, all] = [0, 0];
  for (let i = values.length - 1; i >= 0; i--) {
    all += values[i]! ** 2;
    if (values.length - i <= rank) last = all;
  }
  return all > 0 ? last / all : 0;
}

/** Relative Frobenius error of the best approximation of rank r: √(1 − energy at r). */
export function residualAtRank(values: Float32Array, rank: number): number {
  let [kept, missed] = [0, 0];
  for (let i = values.length - 1; i >= 0; i--) {
    if (i >= rank) missed += values[i]! ** 2;
    else kept += values[i]! ** 2;
  }
  return kept + missed > 0 ? Math.sqrt(missed / (kept + missed)) : 0;
}

/** The smallest rank whose values hold this share of Σσ²; 0 for a zero matrix. */
export function rankForEnergy(values: Float32Array, share: number): number {
  if (!((values[0] ?? 0) > 0)) return 0;
  const cumulative = cumulativeEnergy(values);
  const rank = cumulative.findIndex((energy) => energy >= share);
  return rank < 0 ? values.length : rank;
}

/** Share of the values (by count) in [low, high]. */
export function shareWithin(values: Float32Array, low: number, high: number): number {
  if (values.length === 0) return 0;
  let inside = 0;
  for (const value of values) if (value >= low && value <= high) inside++;
  return inside / values.length;
}

/** The value below which the share q of all values lies, linearly between neighbours; q in [0, 1]. */
export function quantile(values: Float32Array, q: number): number {
  const at = (values.length - 1) * (1 - q); // descending
  const low = Math.floor(at);
  const [above, below] = [values[low] ?? 0, values[Math.min(low + 1, values.length - 1)] ?? 0];
  return above + (below - above) * (at - low);
}

function countAbove(values: Float32Array, limit: number): number {
  const first = values.findIndex((value) => !(value > limit));
  return first < 0 ? values.length : first;
}
