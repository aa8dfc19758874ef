/** Which step each row of a run's columns is: consecutive ones but for lines that a crash tore, so only the breaks are kept. */
export class Steps {
  length = 0;
  private breaks: { row: number; step: number }[] = [];

  at(row: number): number {
    const { row: first, step } = this.breaks[this.breakOf((each) => each.row > row)]!;
    return step + row - first;
  }

  last(): number | undefined {
    return this.length > 0 ? this.at(this.length - 1) : undefined;
  }

  /** @param step above all before it. */
  push(step: number): void {
    const end = this.breaks.at(-1);
    if (!end || end.step + this.length - end.row !== step) this.breaks.push({ row: this.length, step });
    this.length++;
  }

  truncate(length: number): void {
    this.length = Math.min(this.length, length);
    this.breaks = this.breaks.filter(({ row }) => row < this.length);
  }

  /** The first row whose step is not below `step`. */
  lowerBound(step: number): number {
    if (this.breaks.length === 0 || step <= this.breaks[0]!.step) return 0;
    const found = this.breakOf((each) => each.step > step);
    const { row, step: first } = this.breaks[found]!;
    const end = this.breaks[found + 1]?.row ?? this.length;
    return Math.min(end, row + Math.ceil(step - first));
  }

  /** The last break before the first that is `past`. */
  private breakOf(past: (each: { row: number; step: number }) => boolean): number {
    let [low, high] = [0, this.breaks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (past(this.breaks[middle]!)) high = middle;
      else low = middle + 1;
    }
    return Math.max(0, low - 1);
  }
}
