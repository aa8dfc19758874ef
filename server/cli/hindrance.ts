/** Says on the command line what holds up a run, and that it goes on: its file may not have room for the event. */
import { bytes, duration, shortDuration } from '../base/units.ts';
import { phaseText } from '../metrics/run-state.ts';
import type { RunRecord } from '../protocol/runs.ts';

/** What to say of a change; undefined where nothing changed, or the run has ended. */
export function hindranceChange(before: RunRecord | undefined, now: RunRecord, time = Date.now()): string | undefined {
  if (now.state !== 'running') return undefined;
  const { paused, stalled } = now;
  if (paused && paused.since !== before?.paused?.since) {
    const needed = paused.needed === undefined ? '' : ` (${bytes(paused.needed)} are needed)`;
    return `paused: the disk is full${needed}; make room for ${paused.path}, and it goes on by itself. Ctrl-C cancels it.`;
  }
  if (stalled && stalled.since !== before?.stalled?.since) {
    const silent = (time - Date.parse(stalled.since)) / 1000;
    const usually = stalled.usual === undefined ? '' : `, usually ${shortDuration(stalled.usual)} a step`;
    const where = phaseText(stalled);
    return `no word for ${duration(silent)}${where && ` ${where}`}${usually}: log.txt may say why. Ctrl-C cancels it.`;
  }
  if (before?.paused && !paused) return 'there is room again: it goes on';
  if (before?.stalled && !stalled) return 'it goes on';
  return undefined;
}
