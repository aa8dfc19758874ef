/** LZ4 frames, as Arrow compresses buffers with: github.com/lz4/lz4, doc/lz4_Frame_format.md and lz4_Block_format.md. */

const magic = 0x184d2204;
const storedBlock = 0x80000000;

/** Throws an Error for what is no frame, and a RangeError for one that is cut off. Checksums are passed over. */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== magic) throw new Error('no LZ4 frame');
  const flags = view.getUint8(4);
  const blockChecksums = (flags & 0x10) !== 0;
  // Flags, block size, the size of the content, an identifier of a dictionary, the header's checksum.
  let at = 6 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0) + 1;
  const output = new Growing(frame.length * 4);
  for (;;) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === 0) return output.content();
    const length = size & ~storedBlock;
    if (at + length > frame.length) throw new RangeError('an LZ4 block is cut off');
    const block = frame.subarray(at, at + length);
    if (size >= storedBlock) output.append(block);
    else decodeBlock(block, output);
    at += length + (blockChecksums ? 4 : 0);
  }
}

/** Blocks may repeat what earlier blocks wrote, so all share one output. */
function decodeBlock(block: Uint8Array, output: Growing): void {
  let at = 0;
  const byte = (): number => {
    if (at >= block.length) throw new RangeError('an LZ4 block is cut off');
    return block[at++]!;
  };
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble === 15)
      for (let more = 255; more === 255; ) {
        more = byte();
        total += more;
      }
    return total;
  };
  while (at < block.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (at + literals > block.length) throw new RangeError('an LZ4 block is cut off');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = byte() | (byte() << 8);
    output.repeat(distance, length(token & 15) + 4);
  }
}

/** Like Arrow buffers elsewhere, at most a gibibyte. */
const limit = 1 << 30;

class Growing {
  private bytes: Uint8Array;
  private length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(Math.min(capacity, limit));
  }

  append(piece: Uint8Array): void {
    this.reserve(piece.length);
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  /** Copies from `distance` bytes before the end, onto itself where that is nearer than `count`. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new RangeError('an LZ4 match before the start');
    this.reserve(count);
    const from = this.length - distance;
    if (distance >= count) this.bytes.copyWithin(this.length, from, from + count);
    else for (let i = 0; i < count; i++) this.bytes[this.length + i] = this.bytes[from + i]!;
    this.length += count;
  }

  /** A buffer of its own, so that views of wider numbers are aligned. */
  content(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > limit) throw new RangeError('an LZ4 frame of more than a gibibyte');
    const larger = new Uint8Array(Math.min(limit, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
