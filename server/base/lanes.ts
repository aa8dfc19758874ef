/** Work on many things in their order, several at once, within bounds of number and memory. */
import { RankwiseError } from './errors.ts';

export interface Bounds {
  /** At once. */
  width: number;
  /** Bytes at once; one thing alone may need more. */
  room: number;
}

/** Rejects with the first error, or `aborted`, once what was under way has ended; `work` hears of it by the signal that it gets. */
export async function inLanes<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  { width, room }: Bounds,
  outer: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const active = new Set<Promise<void>>();
  let held = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    while (active.size >= width || (active.size > 0 && held + bytes > room)) await Promise.race(active);
    if (signal.aborted) break;
    held += bytes;
    const lane: Promise<void> = work(item, signal)
      .catch((error: unknown) => failed.abort({ error }))
      .finally(() => {
        held -= bytes;
        active.delete(lane);
      });
    active.add(lane);
  }
  await Promise.all(active);
  if (failed.signal.aborted) throw (failed.signal.reason as { error: unknown }).error;
  demandGoing(outer);
}

/** Throws `aborted` once the job has been cancelled, or has failed elsewhere. */
export function demandGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new RankwiseError('aborted', 'The job was stopped.', { kind: 'runtime' });
}
