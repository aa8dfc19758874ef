/** Tells when a run has given no sign of life for much longer than what it does now may take, and that it goes on. */
import type { RunEvent } from '../protocol/events.ts';
import type { RunPhase } from '../protocol/runs.ts';

export interface Stall {
  /** Seconds. */
  silent: number;
  phase: RunPhase;
  /** Seconds that a training step usually takes. */
  usual?: number;
}

export interface StallOptions {
  /** Once until it gives a sign of life. */
  stalled(run: string, stall: Stall): void;
  /** One that was told of works again, though it has not spoken yet. */
  works(run: string): void;
  /** Seconds of processor time of a run's worker so far; undefined where the system does not tell. */
  processorSeconds(run: string): number | undefined;
  /** Milliseconds between two looks. */
  interval?: number;
  /** Milliseconds of a clock that never goes back. */
  now?(): number;
}

/** Between training steps: seconds that are never too long, and multiples of what is usual that are. */
const patience = { seconds: 60, steps: 20, compilations: 3 };
/** Of a new step in the usual one. */
const weight = 0.1;
/**
 * Seconds in all else, of which nothing says how long it may take: a worker that does not use the processor waits for something that does not come (a
 * lock, a disk, a signal that has stopped it); of one that does, or where that is not known, only the silence counts.
 */
const idleFor = 120;
const silentFor = 1800;
/** Of the time that passes, what a process that only waits may use of a processor. */
const idleShare = 0.005;

/** The worker waits for others that measure, each a process of its own. */
const waitsForOthers: ReadonlySet<RunPhase> = new Set(['measuring']);

interface Heard {
  phase: RunPhase;
  /** Milliseconds of silence that were seen to pass, and those of it in which its worker did not use the processor. */
  silent: number;
  idle: number;
  /** At the last look. */
  used: number | undefined;
  /** Seconds a step and, at most, a compilation. */
  usual: number | undefined;
  compilation: number;
  /** Matrices that are decomposed. */
  done?: number;
  /** It waits for room on the disk, and says so. */
  paused: boolean;
  told: boolean;
}

/** What an event says of what comes next; others leave it as it is. */
const phaseAfter: Partial<Record<RunEvent['event'], RunPhase>> = {
  calibrating: 'measuring',
  preparing: 'decomposing',
  decomposed: 'loading',
  encoding: 'encoding',
  started: 'first step',
  resumed: 'first step',
  step: 'training',
  rung: 'ending',
  finished: 'ending',
  failed: 'ending',
  cancelled: 'ending',
};

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

  /** A worker begins with a run. */
  begin(run: string): void {
    const none = { silent: 0, idle: 0, used: undefined, told: false };
    this.runs.set(run, { phase: 'starting', usual: undefined, compilation: 0, paused: false, ...none });
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

  /** The worker says what it does now, or that it is still at it. */
  doing(run: string, phase: RunPhase): void {
    const heard = this.spoke(run);
    if (heard) heard.phase = phase === 'training' && heard.usual === undefined ? 'first step' : phase;
  }

  /** False where the event is no sign of life: a clock tells of decompositions, whatever becomes of them. */
  heard(run: string, event: RunEvent): boolean {
    if (event.event === 'preparing') {
      const { phase, done } = this.runs.get(run) ?? {};
      if (phase === 'decomposing' && done === event.done) return false;
    }
    this.take(event, this.spoke(run));
    return true;
  }

  private take(event: RunEvent, heard: Heard | undefined): void {
    if (!heard) return;
    heard.phase = phaseAfter[event.event] ?? heard.phase;
    if (event.event === 'compiled') heard.compilation = Math.max(heard.compilation, event.seconds);
    if (event.event === 'preparing') heard.done = event.done;
    if (event.event === 'paused') heard.paused = true;
    if (event.event === 'continued') heard.paused = false;
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
      if (heard.paused) continue;
      heard.silent += passed;
      this.watchProcessor(run, heard, passed);
      const stalled = isStalled(heard);
      if (stalled === heard.told) continue;
      heard.told = stalled;
      const { phase, silent, usual } = heard;
      if (!stalled) this.options.works(run);
      else
        this.options.stalled(run, {
          ...{ silent: silent / 1000, phase },
          ...(phase === 'training' && usual !== undefined && { usual }),
        });
    }
  }

  /** From a minute of silence on: to ask costs something. */
  private watchProcessor(run: string, heard: Heard, passed: number): void {
    if (heard.phase === 'training' || heard.silent < 1000 * patience.seconds) return;
    const used = this.options.processorSeconds(run);
    const before = heard.used;
    heard.used = used;
    if (used === undefined || before === undefined) return;
    heard.idle = 1000 * (used - before) > idleShare * passed ? 0 : heard.idle + passed;
  }

  private spoke(run: string): Heard | undefined {
    const heard = this.runs.get(run);
    if (heard) Object.assign(heard, { silent: 0, idle: 0, used: undefined, told: false });
    return heard;
  }
}

function isStalled({ phase, silent, idle, usual, compilation }: Heard): boolean {
  const seconds = silent / 1000;
  if (phase === 'training' && usual !== undefined)
    return seconds > Math.max(patience.seconds, patience.steps * usual, patience.compilations * compilation);
  return seconds > silentFor || (!waitsForOthers.has(phase) && idle / 1000 >= idleFor);
}
