/** What a job is at, for whoever watches it. */
import type { RunPhase } from '../protocol/runs.ts';

/** Milliseconds between two signs of the same phase. */
const interval = 1000;

/** Tells a phase when it begins, and again at most once a second. */
export function signsOfLife(
  tell: (phase: RunPhase) => void,
  now: () => number = () => performance.now(),
): (phase: RunPhase) => void {
  let last: { phase: RunPhase; time: number } | undefined;
  return (phase) => {
    const time = now();
    if (last?.phase === phase && time - last.time < interval) return;
    last = { phase, time };
    tell(phase);
  };
}
