/**
 * Keeps the place in a run's events, counted in lines of its metrics file, so that a reader who lost the connection or the window
 * gets each event once. Pure bookkeeping: who asks for what is the panel's affair.
 */
import type { RunEvent } from '../server/protocol/events.ts';

export class Follower {
  /** The line to go on from; undefined until the first answer. */
  next: number | undefined;

  /** Takes an answer to `watch` that was asked from line `next` (or 0) on. */
  begin(next: number): void {
    this.next = next;
  }

  /**
   * @returns the events of a notification that are new; `gap` when lines before them are missing and have to be asked for. Nothing is
   * taken then, nor before the first answer.
   */
  take(events: RunEvent[], next: number): RunEvent[] | 'gap' {
    if (this.next === undefined || next <= this.next) return [];
    const first = next - events.length;
    if (first > this.next) return 'gap';
    const fresh = events.slice(this.next - first);
    this.next = next;
    return fresh;
  }
}
