import type { Io } from './output.ts';

/** One line of a terminal that is rewritten; nothing where that is not possible. */
export class LiveLine {
  private readonly io: Io;
  private shown = false;

  constructor(io: Io) {
    this.io = io;
  }

  /** Cut to the width of the terminal. */
  show(text: string): void {
    this.showPainted(text.slice(0, this.io.columns() - 1));
  }

  /** A text that fits, with colours in it. */
  showPainted(text: string): void {
    if (!this.io.live) return;
    this.shown = true;
    this.io.write(`\r${text}\x1b[K`);
  }

  clear(): void {
    if (this.shown) this.io.write('\r\x1b[K');
    this.shown = false;
  }
}
