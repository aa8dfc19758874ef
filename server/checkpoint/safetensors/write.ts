/** Writes safetensors files tensor by tensor, as the reference implementation lays them out; the file appears whole or not at all. */
import { createHash } from 'node:crypto';
import { replaceFile } from '../../base/files.ts';
import { toBfloat, toHalf } from '../../base/halves.ts';
import { sizeOf } from '../../base/tensor.ts';
import { dtypeBytes, type FloatDtype } from './dtypes.ts';

export interface TensorSource {
  name: string;
  shape: readonly number[];
  /** Called once, when the tensor's turn has come. */
  data(): Float32Array;
}

const chunkValues = 1 << 20;

/**
 * Tensors come sorted by name and the JSON is padded with spaces to 8 bytes, so that equal tensors give equal files.
 */
export function writeSafetensors(
  file: string,
  sources: Iterable<TensorSource>,
  options: { dtype?: FloatDtype; metadata?: Record<string, string> } = {},
): void {
  const { dtype = 'F32', metadata = { format: 'pt' } } = options;
  replaceFile(file, (write) => {
    for (const bytes of contentOf(sources, dtype, metadata)) write(bytes);
  });
}

/** SHA-256, hexadecimal, of the float32 file that `writeSafetensors` would write. */
export function safetensorsDigest(sources: Iterable<TensorSource>): string {
  const hash = createHash('sha256');
  for (const bytes of contentOf(sources, 'F32', { format: 'pt' })) hash.update(bytes);
  return hash.digest('hex');
}

function* contentOf(
  sources: Iterable<TensorSource>,
  dtype: FloatDtype,
  metadata: Record<string, string>,
): Generator<Uint8Array> {
  const sorted = [...sources].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  yield headerBytes(sorted, dtype, metadata);
  for (const source of sorted) {
    const data = source.data();
    if (data.length !== sizeOf(source.shape))
      throw new RangeError(`${source.name}: ${data.length} values for shape [${source.shape.join(', ')}]`);
    for (let from = 0; from < data.length; from += chunkValues)
      yield encode(data.subarray(from, from + chunkValues), dtype);
  }
}

function headerBytes(sources: TensorSource[], dtype: FloatDtype, metadata: Record<string, string>): Uint8Array {
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  let at = 0;
  for (const { name, shape } of sources) {
    if (header.has(name)) throw new RangeError(`tensor ${name} is given twice`);
    const end = at + sizeOf(shape) * dtypeBytes[dtype];
    header.set(name, { dtype, shape, data_offsets: [at, end] });
    at = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

function encode(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint16Array(values.length);
  const convert = dtype === 'F16' ? toHalf : toBfloat;
  for (let i = 0; i < values.length; i++) bits[i] = convert(values[i]!);
  return new Uint8Array(bits.buffer);
}
