/**
 * A message of Protocol Buffers under construction (wire types varint, 32-bit and length-delimited: all that ONNX needs).
 * https://protobuf.dev/programming-guides/encoding
 */
export class Message {
  private readonly parts: Uint8Array[] = [];

  /** int32, int64 and enum fields; negative values as 64-bit two's complement. */
  integer(field: number, value: number | bigint): this {
    this.parts.push(varint(field * 8), varint(value));
    return this;
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.parts.push(varint(field * 8 + 5), bytes);
    return this;
  }

  /** String, bytes and embedded message fields. */
  bytes(field: number, value: string | Uint8Array | Message): this {
    const content = typeof value === 'string' ? Buffer.from(value) : value instanceof Message ? value.encode() : value;
    this.parts.push(varint(field * 8 + 2), varint(content.length), content);
    return this;
  }

  encode(): Uint8Array {
    return Buffer.concat(this.parts);
  }
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
