import { describe, expect, it } from 'vitest';
import { Follower } from '../../../client/follower.ts';
import type { RunEvent } from '../../../server/protocol/events.ts';

/** Lines `from` … `to` (excluded) of a metrics file. */
const lines = (from: number, to: number): RunEvent[] =>
  Array.from({ length: to - from }, (_, i) => ({ event: 'checkpoint', time: '', step: from + i, path: '' }));
const numbers = (events: RunEvent[] | 'gap') =>
  events === 'gap' ? events : events.map((event) => (event as { step: number }).step);

describe('Follower', () => {
  it('takes what continues where it stopped', () => {
    const follower = new Follower();
    follower.begin(3);
    expect(numbers(follower.take(lines(3, 5), 5))).toEqual([3, 4]);
    expect(follower.next).toBe(5);
  });

  it('takes only the new part of what overlaps, and nothing twice', () => {
    const follower = new Follower();
    follower.begin(3);
    expect(numbers(follower.take(lines(1, 5), 5))).toEqual([3, 4]);
    expect(numbers(follower.take(lines(1, 5), 5))).toEqual([]);
  });

  it('reports missing lines instead of skipping them', () => {
    const follower = new Follower();
    follower.begin(3);
    expect(follower.take(lines(4, 6), 6)).toBe('gap');
    expect(follower.next).toBe(3);
  });

  it('takes nothing before the first answer, which brings everything', () => {
    expect(new Follower().take(lines(0, 2), 2)).toEqual([]);
  });
});
