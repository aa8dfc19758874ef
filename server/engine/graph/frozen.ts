import { closeSync, openSync, readSync } from 'node:fs';
import { RankwiseError } from '../../base/errors.ts';
import type { Frozen } from './types.ts';

let count = 0;
const identities = new WeakMap<ArrayBufferLike, number>();

/** The same for all values that lie at the same place, in memory or in a file. */
export function placeOf(value: Frozen): string {
  if ('file' in value) return `${value.file}@${value.offset}+${value.length}`;
  const { buffer, byteOffset, byteLength } = value.data;
  const identity = identities.get(buffer) ?? ++count;
  identities.set(buffer, identity);
  return `memory ${identity}@${byteOffset}+${byteLength}`;
}

/**
 * The bytes of a value; those of a file in fresh memory.
 * @throws RankwiseError `checkpoint-changed` when the file no longer holds them.
 */
export function bytesOf(value: Frozen): Uint8Array {
  if (!('file' in value)) return new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
  const bytes = new Uint8Array(value.length);
  const file = openSync(value.file, 'r');
  try {
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, value.offset + at);
      if (read === 0)
        throw new RankwiseError('checkpoint-changed', `${value.file} ends before byte ${value.offset + value.length}`, {
          kind: 'runtime',
          file: value.file,
          hint: 'The file was changed or cut off after the run read its header. Restore it and resume the run.',
        });
      at += read;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/** bfloat16 or float16 bit patterns (little-endian) as float32, exactly. */
export function widen(bytes: Uint8Array, type: 'bfloat16' | 'float16'): Float32Array {
  const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const result = new Float32Array(patterns.length);
  if (type === 'float16') return result.map((_, i) => half(patterns[i]!));
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return result;
}

/** IEEE 754 binary16. */
function half(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
