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

/** Where the extremes of a range are; -1: there is none. `gap`: the last value that is not finite. */
export interface Extremes {
  low: number;
  high: number;
  gap: number;
}

/** Numbers by index, and where their extremes are. */
export abstract class Series {
  length = 0;
  /** Counts how often values were taken back: what was computed from them is no longer true. */
  version = 0;
  /** Of each block the place of its smallest and of its largest value. */
  private lows = new Uint8Array(chunkSize / blockSize);
  private highs = new Uint8Array(chunkSize / blockSize);

  abstract at(i: number): number;

  last(): number | undefined {
    return this.length > 0 ? this.at(this.length - 1) : undefined;
  }

  /** Extremes of [from, to), the first of equal ones. Whole blocks are not read. */
  extremes(from = 0, to = this.length): Extremes {
    const found: Extremes = { low: -1, high: -1, gap: -1 };
    let [low, high] = [Infinity, -Infinity];
    const { lows, highs } = this;
    for (let i = from; i < to; ) {
      if ((i & place) === 0 && i + blockSize <= to) {
        const lowAt = lows[i >>> 6]!;
        if (lowAt & hasGap) found.gap = i + place;
        if (!(lowAt & nothing)) {
          const lowest = i + (lowAt & place);
          const highest = i + highs[i >>> 6]!;
          const [least, most] = [this.at(lowest), this.at(highest)];
          if (least < low) [low, found.low] = [least, lowest];
          if (most > high) [high, found.high] = [most, highest];
        }
        i += blockSize;
      } else {
        const value = this.at(i);
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

  /** Takes note of the value at `i`, the one after all before. */
  protected index(i: number): void {
    const block = i >>> 6;
    if (block >= this.lows.length) {
      this.lows = grown(this.lows);
      this.highs = grown(this.highs);
    }
    const { lows, highs } = this;
    const first = i & ~place;
    const before = i === first ? nothing : lows[block]!;
    const value = this.at(i);
    if (!Number.isFinite(value)) {
      lows[block] = before | hasGap;
      return;
    }
    const gap = before & hasGap;
    if (before & nothing) {
      lows[block] = (i - first) | gap;
      highs[block] = i - first;
      return;
    }
    if (value < this.at(first + (before & place))) lows[block] = (i - first) | gap;
    if (value > this.at(first + highs[block]!)) highs[block] = i - first;
  }

  /** The last block's extremes may be among what is gone. */
  protected indexEnd(): void {
    for (let i = this.length & ~place; i < this.length; i++) this.index(i);
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

export class Column extends Series {
  private readonly chunks: Float32Array[] = [];

  at(i: number): number {
    return this.chunks[i >>> 14]![i & (chunkSize - 1)]!;
  }

  push(value: number): void {
    const at = this.length & (chunkSize - 1);
    if (at === 0) this.chunks.push(new Float32Array(chunkSize));
    this.chunks[this.length >>> 14]![at] = value;
    this.index(this.length++);
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
    this.indexEnd();
  }
}

/** One number by another: only the extremes take room. */
export class Quotient extends Series {
  private readonly upper: { of(i: number): number };
  private readonly lower: Series;

  constructor(upper: { of(i: number): number }, lower: Series) {
    super();
    this.upper = upper;
    this.lower = lower;
  }

  at(i: number): number {
    return this.upper.of(i) / this.lower.at(i);
  }

  /** There are `length` values now. */
  follow(length: number): void {
    if (length < this.length) {
      this.version++;
      this.length = length;
      this.indexEnd();
    }
    while (this.length < length) this.index(this.length++);
  }
}
