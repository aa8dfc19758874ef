import { type FileRange, readRange } from '../../base/file-range.ts';
import { sizeOf, type TensorReader } from '../../base/tensor.ts';
import type { HeldArray, Part } from './types.ts';

/** Values converted at a time. */
export const CHUNK = 1 << 20;

export const isRange = (data: HeldArray | FileRange): data is FileRange => 'file' in data;

/** `count` values of a part from `start` on: a view of an array, a copy from a file. */
export function valuesOf<A extends HeldArray>(
  { data }: Part,
  start: number,
  count: number,
  kind: { new (length: number): A; BYTES_PER_ELEMENT: number },
): A {
  if (!isRange(data)) return data.subarray(start, start + count) as A;
  const values = new kind(count);
  readRange(data, start * kind.BYTES_PER_ELEMENT, new Uint8Array(values.buffer));
  return values;
}

/** Calls `take` with all values of a tensor, in pieces of at most about `CHUNK` whose length is a multiple of `unit`. */
export function inPieces(reader: TensorReader, unit: number, take: (piece: Float32Array, start: number) => void): void {
  const size = sizeOf(reader.shape);
  const length = Math.max(1, Math.floor(CHUNK / unit)) * unit;
  const buffer = new Float32Array(Math.min(length, size));
  for (let start = 0; start < size; start += length) {
    const piece = buffer.subarray(0, Math.min(length, size - start));
    reader.read(start, piece);
    take(piece, start);
  }
}
