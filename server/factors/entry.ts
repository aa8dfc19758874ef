/**
 * The file of one decomposition: 8 bytes "RWFACT01", the SHA-256 of all that follows (32 bytes), the length of a JSON header (4 bytes,
 * little-endian), the header, then the arrays as float32 one after another. The header holds the entry's key, so that a file that was
 * renamed is not believed either.
 */
import { type HostTensor, sizeOf } from '../base/tensor.ts';
import { bytesOf, digest } from './digest.ts';

export interface Entry {
  numbers: Record<string, number>;
  arrays: Record<string, HostTensor>;
}

interface Header {
  key: string;
  numbers: Record<string, number>;
  arrays: [name: string, shape: number[]][];
}

const magic = Buffer.from('RWFACT01');
const headerStart = magic.length + 32 + 4;

/** The parts of the file, in order; the arrays are not copied. */
export async function encodeEntry(key: string, { numbers, arrays }: Entry): Promise<Uint8Array[]> {
  const named = Object.entries(arrays);
  const json = JSON.stringify({ key, numbers, arrays: named.map(([name, { shape }]) => [name, shape]) });
  // Padded: float32 values begin at a multiple of four.
  const header = Buffer.from(json.padEnd(Math.ceil((headerStart + json.length) / 4) * 4 - headerStart));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const body = [length, header, ...named.map(([, { data }]) => bytesOf(data))];
  return [magic, Buffer.from(await digest(...body), 'hex'), ...body];
}

/** Undefined: the file is damaged, cut off, or another entry's. The arrays are views of `file`. */
export async function decodeEntry(key: string, file: ArrayBuffer): Promise<Entry | undefined> {
  const bytes = Buffer.from(file);
  if (bytes.length < headerStart || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const body = bytes.subarray(magic.length + 32);
  if ((await digest(body)) !== bytes.toString('hex', magic.length, magic.length + 32)) return undefined;
  // From here on the content is what was written.
  let at = headerStart + body.readUInt32LE();
  const header = JSON.parse(bytes.toString('utf8', headerStart, at)) as Header;
  if (header.key !== key) return undefined;
  const arrays: Entry['arrays'] = {};
  for (const [name, shape] of header.arrays) {
    arrays[name] = { shape, data: new Float32Array(file, at, sizeOf(shape)) };
    at += arrays[name].data.byteLength;
  }
  return { numbers: header.numbers, arrays };
}
