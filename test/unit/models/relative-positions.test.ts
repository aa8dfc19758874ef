/** Buckets of distances as transformers 5.18 computes them (`make_log_bucket_position`), for every distance up to the largest. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bucketOf, distanceRows } from '../../../server/models/relative-positions.ts';

const found: Record<string, number[]> = JSON.parse(readFileSync('test/fixtures/deberta-buckets.json', 'utf8'));

describe.each(Object.entries(found))('buckets and largest distance %s', (sizes, expected) => {
  const [buckets, largest] = sizes.split(',').map(Number) as [number, number];
  const relative = { buckets, largest, span: buckets, shared: true };

  it('are those of transformers, on both sides', () => {
    expected.forEach((bucket, distance) => {
      expect(bucketOf(relative, distance)).toBe(bucket);
      expect(bucketOf(relative, -distance)).toBe(bucket === 0 ? -0 : -bucket);
    });
  });

  it('name each row of the table once, and stay in it', () => {
    const { rows, places } = distanceRows(relative, largest);
    expect(new Set(rows).size).toBe(rows.length);
    const rowOf = (distance: number) => rows[places[largest - 1 - distance]!];
    expected.forEach((bucket, distance) => {
      expect(rowOf(distance)).toBe(Math.min(bucket + buckets, 2 * buckets - 1));
      expect(rowOf(-distance)).toBe(Math.max(buckets - bucket, 0));
    });
  });
});
