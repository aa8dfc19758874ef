import { cutOff } from '../../../datafiles/images/header.ts';
import { damaged } from './types.ts';

/** The bits of a scan: a byte 0xff is followed by 0, or is the next marker. */
export class Bits {
  /** Of the byte that is read next. */
  at: number;
  private readonly bytes: Uint8Array;
  private held = 0;
  private count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  bit(): number {
    if (this.count === 0) {
      if (this.at >= this.bytes.length) throw cutOff();
      this.held = this.bytes[this.at]!;
      if (this.held !== 0xff) this.at++;
      else if (this.bytes[this.at + 1] === 0) this.at += 2;
      else throw damaged('its pixels end too early');
      this.count = 8;
    }
    this.count--;
    return (this.held >> this.count) & 1;
  }

  /** Up to 16 bits as a whole number. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.bit();
    return value;
  }

  /** A number of `count` bits whose negative half is written as its complement. */
  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.bits(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** Lets the rest of a byte go, and the marker behind it where it is a restart. */
  restart(): void {
    this.count = 0;
    const { bytes } = this;
    while (
      this.at + 1 < bytes.length &&
      !(bytes[this.at] === 0xff && bytes[this.at + 1]! > 0 && bytes[this.at + 1]! < 0xff)
    )
      this.at++;
    const marker = bytes[this.at + 1];
    if (marker === undefined) throw cutOff();
    if (marker >= 0xd0 && marker <= 0xd7) this.at += 2;
  }
}

/** Codes of a Huffman table: for each length the first code, and where its symbols start. */
export class HuffmanTable {
  private readonly firsts = new Int32Array(18);
  private readonly counts: Uint8Array;
  private readonly starts = new Int32Array(18);
  private readonly symbols: Uint8Array;

  /** `counts`: how many codes there are of 1 to 16 bits. */
  constructor(counts: Uint8Array, symbols: Uint8Array) {
    this.counts = counts;
    this.symbols = symbols;
    let code = 0;
    let start = 0;
    for (let length = 1; length <= 16; length++) {
      this.firsts[length] = code;
      this.starts[length] = start;
      start += counts[length - 1]!;
      code = (code + counts[length - 1]!) << 1;
    }
  }

  symbol(bits: Bits): number {
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | bits.bit();
      const offset = code - this.firsts[length]!;
      if (offset < this.counts[length - 1]!) return this.symbols[this.starts[length]! + offset]!;
    }
    throw damaged('it holds a code that no table has');
  }
}
