/** Stays with a sweep until all of its points have ended: a table that fills, or their events with `--json`. */
import { count } from '../../base/units.ts';
import { isPoint, isSettled, type PointRecord, type Sweep, sweepFinished, sweepsOf } from '../../metrics/sweeps.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { RunRecord } from '../../protocol/runs.ts';
import type { DaemonConnection } from '../../wire/connection.ts';
import type { ExitCode } from '../command.ts';
import { claimEnds, hasEnded, Interrupts, isOutcome, lost, unwrittenOutcome, watched } from '../follow.ts';
import { LiveLine } from '../live-line.ts';
import { type Io, plain } from '../output.ts';
import { reportError } from '../report.ts';
import { FillingTable, showSweep } from './table.ts';

/**
 * Starts the points of a sweep by `launch`, which gives all of them, and follows those that have not ended, each from a line of its
 * metrics. The first Ctrl-C cancels what has not ended; the second stops waiting. Exit code 0: every point has finished, or was ended by halving.
 */
export async function followSweep(
  daemon: DaemonConnection,
  launch: () => Promise<RunRecord[]>,
  from: (run: string) => number,
  io: Io,
): Promise<ExitCode> {
  const interrupts = new Interrupts(io);
  const gone = lost(daemon);
  const live = new LiveLine(io);
  try {
    const launched = (await launch()).filter(isPoint);
    const { id } = launched[0]!.sweep;
    const records = new Map(launched.map((record) => [record.run, record]));
    io.say(`sweep ${id}: ${count(launched.length)} points`);
    const rows = new FillingTable(launched, io);
    const shown = new Set<string>();
    const ended = new Promise<void>((resolve) => {
      const take = (record: PointRecord) => {
        records.set(record.run, record);
        live.clear();
        if (hasEnded(record) && !shown.has(record.run)) {
          shown.add(record.run);
          rows.add(record);
        }
        showPoint(live, record);
        if (shown.size === records.size) resolve();
      };
      daemon.on('runChanged', (record) => {
        if (isPoint(record) && records.has(record.run)) take(record);
      });
      launched.filter(hasEnded).forEach(take);
    });
    interrupts.onFirst(() => {
      live.clear();
      io.warn('Cancelling the points that have not ended; Ctrl-C again stops waiting for that.');
      daemon.request('cancelSweep', { sweep: id }).catch((error: unknown) => reportError(error, io));
    });
    const events = io.json ? launched.map((record) => print(daemon, record, from(record.run), io)) : [];
    const end = await Promise.race([Promise.all([ended, ...events]), interrupts.second, gone]);
    live.clear();
    const [sweep] = sweepsOf([...records.values()]);
    if (!end) {
      io.warn('No longer waiting: the points stop by themselves; `rankwise runs` shows them.');
      return 1;
    }
    await claimEnds(daemon, [...records.keys()]);
    return conclude(sweep!, io);
  } finally {
    live.clear();
    interrupts.off();
  }
}

/** All events of a point from a line on, each with its run. One that had ended before this is not told of again. */
async function print(daemon: DaemonConnection, point: PointRecord, line: number, io: Io): Promise<void> {
  const { run } = point;
  const taken = point.from !== undefined && line === 0;
  if (hasEnded(point) && !taken) return;
  let last: RunEvent | undefined;
  const record = await watched(daemon, run, line, (events) => {
    for (const event of events) {
      last = event;
      io.value({ ...event, run });
    }
  });
  if (record.state !== 'finished' && !(last && isOutcome(last))) io.value(unwrittenOutcome(record));
}

function conclude(sweep: Sweep, io: Io): ExitCode {
  io.value(sweepFinished(sweep));
  showSweep(sweep, io);
  if (sweep.runs.every(isSettled)) return 0;
  for (const { sweep: place, state, error } of sweep.runs)
    if (state === 'failed' && error)
      io.warn(plain(`point ${place.point}: ${error.message} ${error.hint ?? ''}`.trim()));
  io.warn(`\`rankwise resume ${sweep.id}\` goes on with the points that have not finished.`);
  return 1;
}

/** On a terminal the point in progress, below the rows. */
function showPoint(live: LiveLine, { sweep, state, step, totalSteps, lastLoss }: PointRecord): void {
  if (state !== 'running') return;
  const loss = lastLoss === undefined ? '' : `  loss ${lastLoss.toFixed(4)}`;
  const steps = totalSteps > 0 ? `step ${count(step)}/${count(totalSteps)}` : 'starting';
  live.show(`point ${sweep.point} of ${sweep.points}  ${steps}${loss}`);
}
