/** The state of a spectrum on one line that is rewritten; nothing where that is not possible. */
import { count, duration } from '../../base/units.ts';
import type { SpectrumItem } from '../../protocol/spectrum.ts';
import { LiveLine } from '../live-line.ts';
import type { Io } from '../output.ts';

export class SpectrumProgress {
  private readonly io: Io;
  private readonly line: LiveLine;
  private state: { done: number; total: number; remaining?: number | undefined; at: number } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(io: Io) {
    this.io = io;
    this.line = new LiveLine(io);
  }

  take(item: SpectrumItem): void {
    if (!this.io.live) return;
    if (item.type === 'matrices') this.set(0, item.matrices.length);
    else if (item.type === 'progress') this.set(item.done, item.total, item.remainingSeconds);
  }

  clear(): void {
    clearInterval(this.timer);
    this.line.clear();
    this.state = undefined;
  }

  private set(done: number, total: number, remaining?: number): void {
    this.state = { done, total, remaining, at: performance.now() };
    // A large matrix takes minutes: the time left goes down meanwhile.
    this.timer ??= setInterval(() => this.draw(), 500).unref();
    this.draw();
  }

  private draw(): void {
    if (!this.state) return;
    const { done, total, remaining, at } = this.state;
    const fraction = total > 0 ? done / total : 0;
    const left = remaining === undefined ? undefined : remaining - (performance.now() - at) / 1000;
    const fields = [
      `${Math.floor(100 * fraction)}%`.padStart(4),
      `${count(done)}/${count(total)} matrices`,
      ...(left === undefined ? [] : [`ETA ${duration(left)}`]),
    ];
    const text = fields.join('  ');
    const width = Math.min(30, this.io.columns() - text.length - 4);
    const full = Math.round(width * fraction);
    const bar =
      width < 5 ? '' : `${this.io.paint('cyan', '█'.repeat(full))}${this.io.paint('dim', '░'.repeat(width - full))} `;
    if (bar) this.line.showPainted(bar + text);
    else this.line.show(text);
  }
}
