/** SHA-256 of large data, with pauses, so that a process that hashes gigabytes still hears a cancel. */
import { createHash } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';

/** Some ten milliseconds' worth. */
const slice = 16 * 2 ** 20;

/** Hexadecimal digest of the parts one after another. */
export async function digest(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts)
    for (let at = 0; at < part.length; at += slice) {
      hash.update(part.subarray(at, at + slice));
      if (part.length > slice) await pause();
    }
  return hash.digest('hex');
}

/** The bytes of float32 values, not a copy. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
