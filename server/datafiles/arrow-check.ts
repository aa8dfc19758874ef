/** Whether the offsets and lengths of a decoded record batch stay within its buffers: a damaged one may promise lists without end. */
import type { Batch } from '@uwdata/flechette';

/** Throws RangeErrors. */
export function checkBatch(batch: Batch<unknown>, rows: number): void {
  const { length, validity, offsets, sizes, children, values } = batch;
  if (!(length >= rows)) throw new RangeError(`${length} values for ${rows} rows`);
  if (batch.nullCount > 0 && validity && validity.length > 0 && validity.length * 8 < rows)
    throw new RangeError('marks of nulls are cut off');
  if (offsets) {
    const end = checkOffsets(offsets, sizes, rows);
    const [child] = children ?? [];
    if (child) checkBatch(child, end);
    else if (isBytes(values) && end > values.length) throw new RangeError('texts end beyond their bytes');
    return;
  }
  const stride = (batch as { stride?: number }).stride ?? (batch.type as { stride?: number }).stride ?? 1;
  for (const child of children ?? []) checkBatch(child, rows * stride);
  const perValue = (batch.type as { bitWidth?: number }).bitWidth === undefined && isBytes(values) ? 8 : 1;
  if (!children && values && 'length' in values && Number(values.length) * perValue < rows)
    throw new RangeError('values are cut off');
}

/** The end of the last list or text; offsets must not fall. */
function checkOffsets(
  offsets: ArrayLike<number | bigint>,
  sizes: ArrayLike<number | bigint> | undefined,
  rows: number,
): number {
  if (rows > 0 && offsets.length < (sizes ? rows : rows + 1)) throw new RangeError('offsets are cut off');
  let end = 0;
  for (let i = 0; i < rows; i++) {
    const from = Number(offsets[i]);
    const to = sizes ? from + Number(sizes[i]) : Number(offsets[i + 1]);
    if (!(from >= 0 && to >= from)) throw new RangeError('offsets fall');
    end = Math.max(end, to);
  }
  return end;
}

const isBytes = (values: unknown): values is Uint8Array => values instanceof Uint8Array;
