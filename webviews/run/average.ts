/**
 * The exponential moving average of a column, with the start-up bias divided out (Kingma & Ba 2015, §3), without a second column: its state at
 * every 64th value is kept, and the sum of each 64 averages; what is between is computed anew.
 */
import { blockSize, type Series } from './column.ts';

export class MovingAverage {
  private readonly column: Series;
  readonly weight: number;
  private version: number;
  /** Before each block: the biased mean, and how many finite values went into it. */
  private means: number[] = [0];
  private counts: number[] = [0];
  /** Of the averages of each whole block. */
  private sums: number[] = [];

  /** @param weight in [0, 1). */
  constructor(column: Series, weight: number) {
    this.column = column;
    this.weight = weight;
    this.version = column.version;
  }

  /** Averages of [from, to) as `take` gets them; values that are not finite give NaN and do not enter the average. */
  each(from: number, to: number, take: (i: number, average: number) => void): void {
    this.follow();
    const { column, weight } = this;
    const block = Math.min(Math.floor(from / blockSize), this.sums.length);
    let mean = this.means[block]!;
    let bias = weight ** this.counts[block]!;
    for (let i = block * blockSize; i < to; i++) {
      const value = column.at(i);
      const finite = Number.isFinite(value);
      if (finite) {
        mean = weight * mean + (1 - weight) * value;
        bias *= weight;
      }
      if (i >= from) take(i, finite ? mean / (1 - bias) : Number.NaN);
    }
  }

  at(i: number): number {
    let found = Number.NaN;
    this.each(i, i + 1, (_, average) => {
      found = average;
    });
    return found;
  }

  /** The mean of the averages in [from, to); whole blocks are not read. NaN where one of them is. */
  mean(from: number, to: number): number {
    this.follow();
    let sum = 0;
    const add = (_: number, average: number) => {
      sum += average;
    };
    const first = Math.min(to, Math.ceil(from / blockSize) * blockSize);
    const last = Math.max(first, Math.floor(to / blockSize) * blockSize);
    this.each(from, first, add);
    for (let block = first / blockSize; block < last / blockSize; block++) sum += this.sums[block]!;
    this.each(last, to, add);
    return sum / (to - from);
  }

  /** Takes in what the column has more than before. */
  private follow(): void {
    const { column, weight } = this;
    if (this.version !== column.version) {
      this.version = column.version;
      [this.means, this.counts, this.sums] = [[0], [0], []];
    }
    for (let block = this.sums.length; (block + 1) * blockSize <= column.length; block++) {
      let mean = this.means[block]!;
      let count = this.counts[block]!;
      let bias = weight ** count;
      let sum = 0;
      for (let i = block * blockSize; i < (block + 1) * blockSize; i++) {
        const value = column.at(i);
        if (Number.isFinite(value)) {
          mean = weight * mean + (1 - weight) * value;
          bias *= weight;
          count++;
          sum += mean / (1 - bias);
        } else sum = Number.NaN;
      }
      this.means.push(mean);
      this.counts.push(count);
      this.sums.push(sum);
    }
  }
}
