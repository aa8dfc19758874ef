/** Several lanes of a kernel, and those who wait for one. */
import { RankwiseError } from '../../base/errors.ts';
import type { Answer, Call, Lane } from './calls.ts';

export class Lanes {
  private readonly make: () => Lane;
  private readonly limit: number;
  private readonly idle: Lane[] = [];
  private readonly busy = new Set<Lane>();
  private readonly waiting: (() => void)[] = [];
  private readonly ended = new AbortController();

  constructor(limit: number, make: () => Lane) {
    this.limit = limit;
    this.make = make;
  }

  /** Errors: `aborted`, by the signal or by `close`; what the lane throws. */
  async run(call: Call, signal?: AbortSignal): Promise<Answer> {
    const stop = signal ? AbortSignal.any([signal, this.ended.signal]) : this.ended.signal;
    const lane = await this.take(stop);
    let end: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      end = () => {
        this.drop(lane);
        reject(aborted());
      };
      stop.addEventListener('abort', end, { once: true });
      if (stop.aborted) end(); // since the lane was taken
    });
    try {
      return await Promise.race([stop.aborted ? stopped : lane.run(call), stopped]);
    } catch (error) {
      this.drop(lane); // whatever happened in there, the next call gets a fresh one
      throw stop.aborted ? aborted() : error;
    } finally {
      stop.removeEventListener('abort', end!);
      if (this.busy.delete(lane)) this.idle.push(lane);
      this.waiting.shift()?.();
    }
  }

  close(): void {
    this.ended.abort();
    for (const lane of this.idle.splice(0)) lane.end();
  }

  private async take(stop: AbortSignal): Promise<Lane> {
    while (!stop.aborted && this.busy.size >= this.limit) await this.turn(stop);
    if (stop.aborted) {
      this.waiting.shift()?.();
      throw aborted();
    }
    const lane = this.idle.pop() ?? this.make();
    this.busy.add(lane);
    return lane;
  }

  private turn(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        stop.removeEventListener('abort', go);
        const at = this.waiting.indexOf(go);
        if (at >= 0) this.waiting.splice(at, 1);
        resolve();
      };
      this.waiting.push(go);
      stop.addEventListener('abort', go, { once: true });
    });
  }

  private drop(lane: Lane): void {
    if (this.busy.delete(lane)) lane.end();
  }
}

export const aborted = (): RankwiseError =>
  new RankwiseError('aborted', 'The decomposition was stopped.', { kind: 'runtime' });
