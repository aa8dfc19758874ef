/** How values spread: bins and shares. Values descend, so that counting is a search. Pure. */
import type { Point } from '../shared/series.ts';

/** How many values are at least x (`strictly`: above x). */
export function countFrom(values: Float32Array, x: number, strictly = false): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (strictly ? values[middle]! > x : values[middle]! >= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Share of the values in [low, high], as `shareWithin` of the measures gives it, without walking through all of them. */
export function shareBetween(values: Float32Array, low: number, high: number): number {
  if (values.length === 0 || high < low) return 0;
  return (countFrom(values, low) - countFrom(values, high, true)) / values.length;
}

/** Few values need broad bins: 1.5·√n, between 12 and 60. */
export const binsFor = (values: number): number => Math.min(60, Math.max(12, Math.round(1.5 * Math.sqrt(values))));

/** bins + 1 edges from low to high. Logarithmic ones need low > 0. */
export function edgesOf(low: number, high: number, bins: number, logarithmic: boolean): Float64Array {
  const at = (share: number) => (logarithmic ? low * (high / low) ** share : low + (high - low) * share);
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => at(i / bins));
  edges[bins] = high;
  return edges;
}

/** Share of all values in each bin [edge i, edge i + 1); the last bin has its upper edge too. Values outside of the edges are in none. */
export function sharesOf(values: Float32Array, edges: Float64Array): Float64Array {
  const bins = edges.length - 1;
  const from = Array.from(edges, (edge, i) => countFrom(values, edge, i === bins));
  return Float64Array.from({ length: bins }, (_, i) => (from[i]! - from[i + 1]!) / Math.max(1, values.length));
}

/** The bars' upper outline, corner by corner, from the axis up and back to it. */
export function outlineOf(edges: Float64Array, shares: Float64Array): Point[] {
  const corners: Point[] = [{ x: edges[0]!, y: 0 }];
  for (const [i, y] of shares.entries()) corners.push({ x: edges[i]!, y }, { x: edges[i + 1]!, y });
  corners.push({ x: edges.at(-1)!, y: 0 });
  return corners;
}

/** Below this share of the largest value a logarithmic axis shows nothing: float32 has no such detail, and zeros have no place there. */
const depth = 1e-8;

/** The range that a logarithmic axis shows of several spectra; undefined where all are zero. */
export function logarithmicRange(spectra: readonly Float32Array[]): [low: number, high: number] | undefined {
  const high = Math.max(0, ...spectra.map((values) => values[0] ?? 0));
  if (high <= 0) return undefined;
  const floor = high * depth;
  const smallest = spectra.map((values) => values[countFrom(values, floor) - 1] ?? high);
  const low = Math.min(...smallest);
  return low < high ? [low, high] : [high / 2, high * 2];
}
