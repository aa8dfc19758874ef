/** Distances between tokens as rows of DeBERTa's table: constants of the sequence length. */
import type { RelativeConfig } from '../architectures/deberta.ts';

/** Rows that sequences of some length need, and where among them each distance finds its own. */
export interface DistanceRows {
  /** Rows of the table, each once. */
  rows: Int32Array;
  /** [2·length − 1]: at j − i + length − 1 the place in `rows` of query i's distance to key j. */
  places: Int32Array;
}

export function distanceRows(relative: RelativeConfig, length: number): DistanceRows {
  const { span } = relative;
  const place = new Map<number, number>();
  const places = Int32Array.from({ length: 2 * length - 1 }, (_, c) => {
    const row = Math.min(2 * span - 1, Math.max(0, bucketOf(relative, length - 1 - c) + span));
    if (!place.has(row)) place.set(row, place.size);
    return place.get(row)!;
  });
  return { rows: Int32Array.from(place.keys()), places };
}

/** The bucket of a distance i − j: itself up to half the buckets, logarithmic beyond. In float32, where torch rounds. */
export function bucketOf({ buckets, largest }: RelativeConfig, distance: number): number {
  const half = Math.floor(buckets / 2);
  const far = Math.abs(distance);
  if (buckets === 0 || far <= half) return distance;
  const log = (x: number) => Math.fround(Math.log(Math.fround(x)));
  const part = Math.fround(log(far / half) / log((largest - 1) / half));
  return Math.sign(distance) * (Math.ceil(Math.fround(part * (half - 1))) + half);
}
