/** Numbers that never fall, such as seconds up to a step: 2 bytes each, to 1/65,535 of what 256 of them span. */
const blockSize = 256;
/** Many small arrays cost more than what is in them. */
const blocksInChunk = 64;
const levels = 2 ** 16 - 1;

export class Ramp {
  length = 0;
  private starts: number[] = [];
  private spans: number[] = [];
  /** Chunks of so many blocks. */
  private chunks: Uint16Array[] = [];
  /** The last block, whole until it is full. */
  private open = new Float64Array(blockSize);

  at(i: number): number {
    const block = i >>> 8;
    if (block === this.starts.length) return this.open[i & (blockSize - 1)]!;
    return (
      this.starts[block]! +
      (this.spans[block]! * this.chunks[block >>> 6]![i & (blockSize * blocksInChunk - 1)]!) / levels
    );
  }

  last(): number | undefined {
    return this.length > 0 ? this.at(this.length - 1) : undefined;
  }

  /** What is smaller than the value before it (a clock was set back) counts as that value. */
  push(value: number): void {
    const before = this.last();
    const at = this.length & (blockSize - 1);
    this.open[at] = before !== undefined && !(value > before) ? before : value;
    this.length++;
    if (at === blockSize - 1) this.close();
  }

  /** Forgets all values from index `length` on. */
  truncate(length: number): void {
    if (length >= this.length) return;
    const first = length - (length & (blockSize - 1));
    const kept = Array.from({ length: length - first }, (_, i) => this.at(first + i));
    const block = first / blockSize;
    for (const each of [this.starts, this.spans]) each.length = Math.min(each.length, block);
    this.chunks.length = Math.min(this.chunks.length, Math.ceil(block / blocksInChunk));
    this.open.set(kept);
    this.length = length;
  }

  /** Index of the first value not below `value`. */
  lowerBound(value: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private close(): void {
    const start = this.open[0]!;
    const span = this.open[blockSize - 1]! - start;
    const block = this.starts.length;
    const first = (block % blocksInChunk) * blockSize;
    if (first === 0) this.chunks.push(new Uint16Array(blockSize * blocksInChunk));
    const chunk = this.chunks[block >>> 6]!;
    for (const [i, value] of this.open.entries())
      chunk[first + i] = Math.round(((value - start) / (span || 1)) * levels);
    this.starts.push(start);
    this.spans.push(span);
  }
}
