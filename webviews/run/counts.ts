/** Whole numbers, a step each, and their sum up to it: 2 bytes a number where they are below 65,536, and 4 where they are not. */
const chunkSize = 2 ** 14;
const blockSize = 64;

export class Counts {
  length = 0;
  private chunks: (Uint16Array | Uint32Array)[] = [];
  /** The sum before each block. */
  private starts: number[] = [];
  private sum = 0;

  /** The number itself. */
  of(i: number): number {
    return this.chunks[i >>> 14]![i & (chunkSize - 1)]!;
  }

  /** The sum up to it, itself included. */
  at(i: number): number {
    let sum = this.starts[i >>> 6]!;
    for (let j = i & ~(blockSize - 1); j <= i; j++) sum += this.of(j);
    return sum;
  }

  last(): number | undefined {
    return this.length > 0 ? this.sum : undefined;
  }

  /** What is no number counts nothing. */
  push(value: number): void {
    const whole = value > 0 ? Math.min(Math.round(value), 2 ** 32 - 1) : 0;
    const at = this.length & (chunkSize - 1);
    const chunk = this.length >>> 14;
    if (at === 0) this.chunks.push(new Uint16Array(chunkSize));
    if (whole >= 2 ** 16 && this.chunks[chunk]! instanceof Uint16Array)
      this.chunks[chunk] = Uint32Array.from(this.chunks[chunk]!);
    if ((this.length & (blockSize - 1)) === 0) this.starts.push(this.sum);
    this.chunks[chunk]![at] = whole;
    this.sum += whole;
    this.length++;
  }

  /** Forgets all from index `length` on. */
  truncate(length: number): void {
    if (length >= this.length) return;
    this.sum = length > 0 ? this.at(length - 1) : 0;
    this.length = length;
    this.chunks.length = Math.ceil(length / chunkSize);
    this.starts.length = Math.ceil(length / blockSize);
  }

  /** The first index whose sum is not below `sum`. */
  lowerBound(sum: number): number {
    if (this.length === 0 || !(sum > 0)) return 0;
    // The last block that begins below the sum has it, or the first of the next one.
    let [low, high] = [0, this.starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.starts[middle]! < sum) low = middle + 1;
      else high = middle;
    }
    const block = Math.max(0, low - 1);
    let before = this.starts[block]!;
    const end = Math.min(this.length, (block + 1) * blockSize);
    for (let i = block * blockSize; i < end; i++) {
      before += this.of(i);
      if (before >= sum) return i;
    }
    return end;
  }
}
