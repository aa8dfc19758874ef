/** Walks over values of Thrift's compact protocol without making anything of them: where they end, and that their sizes are true. */

export const thrift = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
};

/** Real Parquet metadata nests about eight deep. */
const maxDepth = 32;

/** The value ends beyond the bytes that are there. */
export class Unfinished extends Error {}

export class ThriftWalk {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The next field of a struct, undefined at its end; `last` is the number of the field before it. */
  field(last: number): { id: number; type: number } | undefined {
    const byte = this.byte();
    if (byte === thrift.stop) return undefined;
    const delta = byte >> 4;
    const zigzag = delta === 0 ? this.varint() : 0;
    return { id: delta === 0 ? (zigzag >>> 1) ^ -(zigzag & 1) : last + delta, type: byte & 15 };
  }

  list(): { size: number; type: number } {
    const byte = this.byte();
    const size = byte >> 4 === 15 ? this.varint() : byte >> 4;
    // Every element takes a byte at least.
    if (size > this.bytes.length - this.at) throw new Unfinished(`a list of ${size} elements`);
    return { size, type: byte & 15 };
  }

  skip(type: number, depth = 0): void {
    if (depth > maxDepth) throw new Error('values are nested too deeply');
    if (type === thrift.true || type === thrift.false) return;
    if (type === thrift.byte) this.advance(1);
    else if (type === thrift.i16 || type === thrift.i32 || type === thrift.i64) this.varint();
    else if (type === thrift.double) this.advance(8);
    else if (type === thrift.binary) this.advance(this.varint());
    else if (type === thrift.list) {
      const { size, type: inner } = this.list();
      const boolean = inner === thrift.true || inner === thrift.false;
      for (let i = 0; i < size; i++) this.skip(boolean ? thrift.byte : inner, depth + 1);
    } else if (type === thrift.struct) {
      for (let id = 0; ; ) {
        const field = this.field(id);
        if (!field) return;
        id = field.id;
        this.skip(field.type, depth + 1);
      }
    } else throw new Error(`an unknown type ${type}`);
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new Unfinished('the bytes end');
    return this.bytes[this.at++]!;
  }

  private advance(length: number): void {
    if (length > this.bytes.length - this.at) throw new Unfinished(`a value of ${length} bytes`);
    this.at += length;
  }

  /** Of a 64-bit number only the size counts here. */
  private varint(): number {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return value;
    }
    throw new Error('a number of more than 64 bits');
  }
}
