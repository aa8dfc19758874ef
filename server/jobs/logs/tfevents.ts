/**
 * Records of TensorBoard's event files: protocol buffers (tensorflow/core/util/event.proto, framework/summary.proto) between lengths and
 * masked checksums, as TFRecord has them.
 */
import { crc32c } from './crc32c.ts';

export type Summary = { tag: string; value: number } | { tag: string; text: string };

/** One event as a record. `time`: seconds since 1970. `start` says that the steps from here on replace later ones of earlier files. */
export function record(event: {
  time: number;
  step?: number;
  version?: string;
  summaries?: readonly Summary[];
  start?: true;
}): Buffer {
  const { time, step, version, summaries = [], start } = event;
  const data = Buffer.concat([
    double(1, time),
    ...(step === undefined ? [] : [varint(2, step)]),
    ...(version === undefined ? [] : [bytes(3, Buffer.from(version))]),
    ...(summaries.length === 0 ? [] : [bytes(5, Buffer.concat(summaries.map((each) => bytes(1, summary(each)))))]),
    ...(start ? [bytes(7, varint(1, 1))] : []),
  ]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

function summary(each: Summary): Buffer {
  const tag = bytes(1, Buffer.from(each.tag));
  if ('value' in each) return Buffer.concat([tag, float(2, each.value)]);
  const plugin = bytes(9, Buffer.concat([bytes(1, bytes(1, Buffer.from('text'))), varint(4, 2)]));
  const one = bytes(2, bytes(2, varint(1, 1)));
  const tensor = bytes(8, Buffer.concat([varint(1, 7), one, bytes(8, Buffer.from(each.text))]));
  return Buffer.concat([tag, tensor, plugin]);
}

function checksum(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

// Fields of a protocol buffer: number and wire type, then the value.

function number(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 128);
  }
}

const key = (field: number, type: number): Buffer => number(field * 8 + type);
const varint = (field: number, value: number): Buffer => Buffer.concat([key(field, 0), number(value)]);
const bytes = (field: number, value: Buffer): Buffer => Buffer.concat([key(field, 2), number(value.length), value]);

function double(field: number, value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), out]);
}

function float(field: number, value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return Buffer.concat([key(field, 5), out]);
}
