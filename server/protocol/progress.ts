import type { RunEvent } from './events.ts';

/**
 * The events that count: what stands after step n and before a `resumed` at step n was lost with the interruption and was done
 * again. Started, warning and resumed events stay.
 */
export function effectiveEvents(events: readonly RunEvent[]): RunEvent[] {
  let kept: RunEvent[] = [];
  for (const event of events) {
    if (event.event === 'resumed')
      kept = kept.filter((e) => e.event === 'warning' || !('step' in e) || (e.step <= event.step && !isLast(e)));
    kept.push(event);
  }
  return kept;
}

/** An end that a resume made provisional. */
const isLast = ({ event }: RunEvent): boolean => event === 'failed' || event === 'cancelled' || event === 'finished';
