import { closeSync, openSync, readSync } from 'node:fs';

const [PT_LOAD, PT_DYNAMIC] = [1, 2];
const [DT_NULL, DT_NEEDED, DT_STRTAB] = [0n, 1n, 5n];

/**
 * The libraries that a shared library asks for, by name (DT_NEEDED), without loading it. 64-bit little-endian ELF, which is what Linux has on
 * x86-64 and arm64; see the System V ABI, chapters 4 and 5.
 * @throws Error when the file is something else.
 */
export function neededBy(file: string): string[] {
  const handle = openSync(file, 'r');
  const read = (offset: number, length: number): DataView => {
    const bytes = new Uint8Array(length);
    const got = readSync(handle, bytes, 0, length, offset);
    return new DataView(bytes.buffer, 0, got);
  };
  try {
    const header = read(0, 64);
    if (header.byteLength < 64 || header.getUint32(0) !== 0x7f454c46 || header.getUint16(4) !== 0x0201)
      throw new Error(`${file} is no shared library of this platform`);
    const segments = segmentsOf(read(Number(header.getBigUint64(32, true)), header.getUint16(56, true) * 56));
    const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
    if (dynamic === undefined) return [];
    const names: number[] = [];
    let strings = 0n;
    const entries = read(dynamic.offset, dynamic.size);
    for (let at = 0; at + 16 <= entries.byteLength; at += 16) {
      const [tag, value] = [entries.getBigInt64(at, true), entries.getBigUint64(at + 8, true)];
      if (tag === DT_NULL) break;
      if (tag === DT_NEEDED) names.push(Number(value));
      if (tag === DT_STRTAB) strings = value;
    }
    const table = segments.find(
      (s) => s.type === PT_LOAD && strings >= s.address && strings < s.address + BigInt(s.size),
    )!;
    const start = table.offset + Number(strings - table.address);
    return names.map((name) => textAt(read(start + name, 256)));
  } finally {
    closeSync(handle);
  }
}

function segmentsOf(headers: DataView) {
  return Array.from({ length: Math.floor(headers.byteLength / 56) }, (_, i) => ({
    type: headers.getUint32(56 * i, true),
    offset: Number(headers.getBigUint64(56 * i + 8, true)),
    address: headers.getBigUint64(56 * i + 16, true),
    size: Number(headers.getBigUint64(56 * i + 32, true)),
  }));
}

function textAt(view: DataView): string {
  const bytes = new Uint8Array(view.buffer, 0, view.byteLength);
  return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
}
