/** A full disk is no reason to lose a run: what writes waits for room, with all that it has in memory, and goes on. */
import { statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PausedEvent } from '../protocol/events.ts';
import { writeFault } from './write-faults.ts';

export interface RoomOptions {
  run: string;
  signal: AbortSignal;
  /** A pause has begun. Once for each. */
  paused(pause: Pick<PausedEvent, 'reason' | 'path' | 'needed'>): void;
  /** It is over, and what had to wait is written. */
  continued(seconds: number): void;
  /** Milliseconds between two looks at the disk. */
  interval?: number;
  /** Bytes that may be written where a path is; undefined where nothing tells. */
  free?(path: string): number | undefined;
}

/** What is written: for people, and to know when it is worth another try. Bytes: 0 for next to nothing, undefined for unknown. */
export interface Written {
  path: string;
  bytes: number | undefined;
}

/** Looks after which it is tried whatever the disk seems to have: quotas do not show in what is free. */
const boldEvery = 15;

export class Room {
  private readonly options: RoomOptions;
  private readonly interval: number;
  private readonly free: (path: string) => number | undefined;

  constructor(options: RoomOptions) {
    this.options = options;
    this.interval = options.interval ?? 2000;
    this.free = options.free ?? freeBytes;
  }

  /**
   * Does what writes, whole or not at all; where the disk is full, waits and does it again. Throws `disk-full` when the run is cancelled
   * meanwhile, and what else `write` throws at once.
   */
  async through<T>({ path, bytes }: Written, write: () => T | Promise<T>): Promise<T> {
    const { run, signal, paused, continued } = this.options;
    let since: number | undefined;
    for (;;) {
      try {
        const result = await write();
        if (since !== undefined) continued((performance.now() - since) / 1000);
        return result;
      } catch (thrown) {
        const fault = writeFault(thrown, run);
        if (fault?.code !== 'disk-full') throw thrown;
        if (signal.aborted) throw fault;
        if (since === undefined) {
          since = performance.now();
          paused({ reason: 'disk-full', path, ...(bytes && { needed: bytes }) });
        }
        await this.until(bytes);
        if (signal.aborted) throw fault;
      }
    }
  }

  /** Resolves when another try may do, or when the run is cancelled. */
  private async until(bytes: number | undefined): Promise<void> {
    const { run, signal } = this.options;
    const before = this.free(run);
    for (let looks = 1; !signal.aborted; looks++) {
      await sleep(this.interval, undefined, { signal }).catch(() => {}); // aborted: the loop ends
      const now = this.free(run);
      if (now === undefined || before === undefined || looks % boldEvery === 0) return;
      if (bytes === undefined ? now > before : now >= bytes) return;
    }
  }
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
