/**
 * A run's numbers, a step each, for millions of steps: 4 bytes a value, and of every 64 values where the smallest and the largest is, so that
 * the extremes of any range are found without reading it.
 */
const chunkSize = 2 ** 14;
/** Values whose extremes are known together: their places fit into a byte. */
export const blockSize = 64;

/** Of the byte that says where a block's smallest value is: */
const place = blockSize - 1;
const hasGap = 64;
const nothing = 128;

interface Chunk {
  values: Float32Array;
  lows: Uint8Array;
  highs: Uint8Array;
}

/** Where the extremes of a range are; -1: there is none. `gap`: the last value that is not finite. */
export interface Extremes {
  low: number;
  high: number;
  gap: number;
}

export class Column {
  length = 0;
  /** Counts how often values were taken back: what was computed from them is no longer true. */
  version = 0;
  private readonly chunks: Chunk[] = [];

  at(i: number): number {
    return this.chunks[i >>> 14]!.values[i & (chunkSize - 1)]!;
  }

  last(): number | undefined {
    return this.length > 0 ? this.at(this.length - 1) : undefined;
  }

  push(value: number): void {
    const at = this.length & (chunkSize - 1);
    if (at === 0)
      this.chunks.push({
        values: new Float32Array(chunkSize),
        lows: new Uint8Array(chunkSize / blockSize),
        highs: new Uint8Array(chunkSize / blockSize),
      });
    const chunk = this.chunks[this.length >>> 14]!;
    chunk.values[at] = value;
    this.length++;
    index(chunk, at);
  }

  append(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.push(values[i]!);
  }

  /** Forgets all values from index `length` on. */
  truncate(length: number): void {
    if (length >= this.length) return;
    this.version++;
    this.length = length;
    this.chunks.length = Math.ceil(length / chunkSize);
    const start = length & ~place & (chunkSize - 1);
    // The last block's extremes may be among what is gone.
    for (let i = start; i < (length & (chunkSize - 1)); i++) index(this.chunks.at(-1)!, i);
  }

  /** Extremes of [from, to), the first of equal ones. Whole blocks are not read. */
  extremes(from = 0, to = this.length): Extremes {
    const found: Extremes = { low: -1, high: -1, gap: -1 };
    let [low, high] = [Infinity, -Infinity];
    for (let i = from; i < to; ) {
      const chunk = this.chunks[i >>> 14]!;
      const at = i & (chunkSize - 1);
      if ((i & place) === 0 && i + blockSize <= to) {
        const lowAt = chunk.lows[at >>> 6]!;
        if (lowAt & hasGap) found.gap = i + place;
        if (!(lowAt & nothing)) {
          const lowest = chunk.values[at + (lowAt & place)]!;
          const highAt = chunk.highs[at >>> 6]!;
          const highest = chunk.values[at + highAt]!;
          if (lowest < low) [low, found.low] = [lowest, i + (lowAt & place)];
          if (highest > high) [high, found.high] = [highest, i + highAt];
        }
        i += blockSize;
      } else {
        const value = chunk.values[at]!;
        if (!Number.isFinite(value)) found.gap = i;
        else {
          if (value < low) [low, found.low] = [value, i];
          if (value > high) [high, found.high] = [value, i];
        }
        i++;
      }
    }
    // A block tells only that it has a gap: where the last one is has to be read.
    while (found.gap >= from && Number.isFinite(this.at(found.gap))) found.gap--;
    return found;
  }
}

function index({ values, lows, highs }: Chunk, at: number): void {
  const block = at >>> 6;
  const first = at & ~place;
  const before = at === first ? nothing : lows[block]!;
  const value = values[at]!;
  if (!Number.isFinite(value)) {
    lows[block] = before | hasGap;
    return;
  }
  const gap = before & hasGap;
  if (before & nothing) {
    lows[block] = (at - first) | gap;
    highs[block] = at - first;
    return;
  }
  if (value < values[first + (before & place)]!) lows[block] = (at - first) | gap;
  if (value > values[first + highs[block]!]!) highs[block] = at - first;
}
