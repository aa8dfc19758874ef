/** Distances between tokens as rows of T5's tables: constants of the sequence length. */
import type { T5Config } from '../architectures/t5.ts';

/** [time, time]: the row for the distance from query i to key j. An encoder tells what is before from what is behind; a decoder sees nothing behind. */
export function distanceBuckets(
  c: Pick<T5Config, 'buckets' | 'maxDistance'>,
  time: number,
  bothWays: boolean,
): Int32Array {
  const buckets = new Int32Array(time * time);
  for (let i = 0; i < time; i++) for (let j = 0; j < time; j++) buckets[i * time + j] = bucketOf(c, j - i, bothWays);
  return buckets;
}

/** Half the rows are for near distances, one each; the others widen logarithmically up to `maxDistance`. In float32, where torch rounds. */
function bucketOf(
  { buckets, maxDistance }: Pick<T5Config, 'buckets' | 'maxDistance'>,
  ahead: number,
  bothWays: boolean,
): number {
  const rows = bothWays ? Math.floor(buckets / 2) : buckets;
  const first = bothWays && ahead > 0 ? rows : 0;
  const far = bothWays ? Math.abs(ahead) : Math.max(0, -ahead);
  const exact = Math.floor(rows / 2);
  if (far < exact) return first + far;
  const log = Math.fround(Math.log(Math.fround(far / exact)));
  const part = Math.fround(Math.fround(log / Math.log(maxDistance / exact)) * (rows - exact));
  return first + Math.min(rows - 1, exact + Math.trunc(part));
}
