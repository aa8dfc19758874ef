/** Tells when a run that trains has said nothing for much longer than it usually takes for a step. */
import type { RunEvent } from '../protocol/events.ts';

export interface StallOptions {
  /** It has been silent for so many seconds, though a step usually takes `usual`. Once until it speaks again. */
  stalled(run: string, silent: number, usual: number): void;
  /** Milliseconds between two looks. */
  interval?: number;
  /** Milliseconds of a clock that never goes back. */
  now?(): number;
}

/** Seconds that are never too long, and multiples of what is usual that are. */
const patience = { seconds: 60, steps: 20, compilations: 3 };
/** Of a new step in the usual one. */
const weight = 0.1;

interface Heard {
  /** Milliseconds of silence that were seen to pass. */
  silent: number;
  /** Seconds a step and, at most, a compilation. */
  usual: number | undefined;
  compilation: number;
  /** It evaluates or writes, which may take any time. */
  busy: boolean;
  told: boolean;
}

export class Stalls {
  private readonly options: StallOptions;
  private readonly interval: number;
  private readonly now: () => number;
  private readonly runs = new Map<string, Heard>();
  private timer: NodeJS.Timeout | undefined;
  private looked = 0;

  constructor(options: StallOptions) {
    this.options = options;
    this.interval = options.interval ?? 5000;
    this.now = options.now ?? (() => performance.now());
  }

  /** A worker begins with a run: until its first step nothing says how long it may take. */
  begin(run: string): void {
    this.runs.set(run, { silent: 0, usual: undefined, compilation: 0, busy: false, told: false });
    if (this.timer) return;
    this.looked = this.now();
    this.timer = setInterval(() => this.look(), this.interval);
    this.timer.unref();
  }

  end(run: string): void {
    this.runs.delete(run);
    if (this.runs.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The worker says what it does now. */
  doing(run: string, what: string): void {
    const heard = this.spoke(run);
    if (heard) heard.busy = what !== 'training';
  }

  heard(run: string, event: RunEvent): void {
    const heard = this.spoke(run);
    if (!heard) return;
    if (event.event === 'compiled') heard.compilation = Math.max(heard.compilation, event.seconds);
    if (event.event === 'paused') heard.busy = true;
    if (event.event === 'continued') heard.busy = false;
    if (event.event !== 'step') return;
    const { usual } = heard;
    heard.usual = usual === undefined ? event.step_seconds : (1 - weight) * usual + weight * event.step_seconds;
  }

  /**
   * Time counts only as far as this process has seen it pass: a look that comes late means that the machine slept, or was too busy even for
   * us, and then so was the run.
   */
  look(): void {
    const now = this.now();
    const passed = Math.max(0, Math.min(now - this.looked, 2 * this.interval));
    this.looked = now;
    for (const [run, heard] of this.runs) {
      const { usual, busy, told, compilation } = heard;
      if (usual === undefined || busy || told) continue;
      heard.silent += passed;
      const most = Math.max(patience.seconds, patience.steps * usual, patience.compilations * compilation);
      if (heard.silent / 1000 <= most) continue;
      heard.told = true;
      this.options.stalled(run, heard.silent / 1000, usual);
    }
  }

  private spoke(run: string): Heard | undefined {
    const heard = this.runs.get(run);
    if (heard) Object.assign(heard, { silent: 0, told: false });
    return heard;
  }
}
