/** Reads tensors of one safetensors file by position: a tensor is in memory once, the file never as a whole. */
import { closeSync, fstatSync, openSync, realpathSync } from 'node:fs';
import { RankwiseError } from '../../base/errors.ts';
import { type FileRange, fileState } from '../../base/file-range.ts';
import { readAt } from '../../base/files.ts';
import { fromBfloat, fromHalf } from '../../base/halves.ts';
import { type HostTensor, sizeOf } from '../../base/tensor.ts';
import { dtypeBytes, type StoredDtype } from './dtypes.ts';
import { headerLength, parseHeader, type SafetensorsHeader, type TensorInfo } from './header.ts';

/** Values converted at a time, so that the stored form of a large tensor is never whole in memory. */
const chunkValues = 1 << 20;

export interface SafetensorsFile extends SafetensorsHeader {
  file: string;
  /** As float32: floats are converted (F64 rounds), integers and booleans become numbers. Throws `no-such-tensor`, `unsupported-dtype`. */
  read(name: string): HostTensor;
  /** As `read`, of the values from `start` on as many as fit into `into`. */
  readInto(name: string, start: number, into: Float32Array): void;
  /** Where the tensor's bytes lie, row-major and without gaps. Throws `no-such-tensor`. */
  range(name: string): FileRange;
  /** As stored, little-endian. */
  readRaw(name: string): { dtype: StoredDtype; shape: number[]; bytes: Uint8Array };
  close(): void;
}

/** Opens and checks the header; throws `bad-safetensors`, or `file-not-readable`. The caller closes the file. */
export function openSafetensors(file: string): SafetensorsFile {
  const fd = openFile(file);
  try {
    const fileSize = fstatSync(fd).size;
    const first = new Uint8Array(Math.min(8, fileSize));
    readWhole(fd, first, 0, file);
    const json = new Uint8Array(headerLength(first, fileSize, file));
    readWhole(fd, json, 8, file);
    const header = parseHeader(json, fileSize, file);
    const info = (name: string): TensorInfo => {
      const found = header.tensors.get(name);
      if (!found) throw new RankwiseError('no-such-tensor', `${file} has no tensor ${name}`, { file, field: name });
      return found;
    };
    return {
      ...header,
      file,
      read(name) {
        const { shape } = info(name);
        const data = new Float32Array(sizeOf(shape));
        readFloats(fd, info(name), name, file, 0, data);
        return { shape: [...shape], data };
      },
      readInto: (name, from, into) => readFloats(fd, info(name), name, file, from, into),
      range(name) {
        const { start, end } = info(name);
        return { file: realpathSync(file), offset: start, length: end - start, state: fileState(fd) };
      },
      readRaw(name) {
        const { dtype, shape, start, end } = info(name);
        const bytes = new Uint8Array(end - start);
        readWhole(fd, bytes, start, file);
        return { dtype, shape: [...shape], bytes };
      },
      close: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    throw new RankwiseError('file-not-readable', `${file} cannot be opened: ${(cause as Error).message}`, {
      file,
      cause,
      hint: 'Check that the file exists and that you may read it.',
    });
  }
}

function readWhole(fd: number, into: Uint8Array, position: number, file: string): void {
  if (readAt(fd, into, position) < into.length)
    throw new RankwiseError('bad-safetensors', `${file} became shorter while it was read`, {
      file,
      hint: 'Another program is writing the file: try again when it is done.',
    });
}

function readFloats(
  fd: number,
  { dtype, start }: TensorInfo,
  name: string,
  file: string,
  first: number,
  into: Float32Array,
): void {
  const width = dtypeBytes[dtype];
  const at = start + first * width;
  if (dtype === 'F32') {
    readWhole(fd, new Uint8Array(into.buffer, into.byteOffset, into.byteLength), at, file);
    return;
  }
  const convert = Object.hasOwn(conversions, dtype) ? conversions[dtype as keyof typeof conversions] : undefined;
  if (!convert)
    throw new RankwiseError('unsupported-dtype', `${file}: tensor ${name} is ${dtype}, which cannot be read yet`, {
      file,
      field: name,
      hint: 'Save the model in float32, bfloat16 or float16.',
    });
  for (let from = 0; from < into.length; from += chunkValues) {
    const values = Math.min(chunkValues, into.length - from);
    const bytes = new Uint8Array(values * width);
    readWhole(fd, bytes, at + from * width, file);
    convert(bytes.buffer, into.subarray(from, from + values));
  }
}

type Convert = (stored: ArrayBuffer, into: Float32Array) => void;

/** Typed arrays have the machine's byte order, which is the format's on every platform that Node runs on with our engines. */
const conversions = {
  F64: (stored, into) => into.set(new Float64Array(stored)),
  F16: mapped((stored) => new Uint16Array(stored), fromHalf),
  BF16: mapped((stored) => new Uint16Array(stored), fromBfloat),
  I64: mapped((stored) => new BigInt64Array(stored), Number),
  U64: mapped((stored) => new BigUint64Array(stored), Number),
  I32: (stored, into) => into.set(new Int32Array(stored)),
  U32: (stored, into) => into.set(new Uint32Array(stored)),
  I16: (stored, into) => into.set(new Int16Array(stored)),
  U16: (stored, into) => into.set(new Uint16Array(stored)),
  I8: (stored, into) => into.set(new Int8Array(stored)),
  U8: (stored, into) => into.set(new Uint8Array(stored)),
  BOOL: (stored, into) => into.set(new Uint8Array(stored)),
} satisfies Partial<Record<StoredDtype, Convert>>;

function mapped<T>(view: (stored: ArrayBuffer) => ArrayLike<T>, value: (x: T) => number): Convert {
  return (stored, into) => {
    const values = view(stored);
    for (let i = 0; i < into.length; i++) into[i] = value(values[i]!);
  };
}
