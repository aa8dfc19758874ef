/** Stays with a run to its end: shows its events, cancels on Ctrl-C, and tells how it ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RankwiseError } from '../base/errors.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { DaemonConnection } from '../wire/connection.ts';
import type { ExitCode } from './command.ts';
import type { Io } from './output.ts';
import { Progress } from './progress.ts';
import { reportError, shortPath } from './report.ts';
import { showResult } from './result-table.ts';

/** Follows the run from line `from` of its metrics. The first Ctrl-C cancels it, the second leaves it alone. */
export async function follow(daemon: DaemonConnection, submitted: RunRecord, from: number, io: Io): Promise<ExitCode> {
  const { run } = submitted;
  const progress = new Progress(io, submitted.totalSteps);
  let last: RunEvent | undefined;
  const take = (events: readonly RunEvent[]) => {
    for (const event of events) {
      last = event;
      if (io.json) io.value(event);
      else progress.take(event);
    }
  };
  const stopSignals = cancelOnInterrupt(daemon, run, progress, io);
  try {
    const ended = watched(daemon, run, from, take);
    const record = await Promise.race([ended, stopSignals.detached, lost(daemon, submitted)]);
    progress.clear();
    if (!record) {
      io.warn(`Detached. The run stops by itself at its next step; \`rankwise runs\` shows it.`);
      return 1;
    }
    if (io.json && !isOutcome(last)) io.value(unwrittenOutcome(record));
    return conclude(record, io);
  } finally {
    progress.clear();
    stopSignals.off();
  }
}

/** Resolves with the record once the run has ended; the daemon sends all events before it tells of the end. */
async function watched(
  daemon: DaemonConnection,
  run: string,
  from: number,
  take: (events: RunEvent[]) => void,
): Promise<RunRecord> {
  const ended = new Promise<RunRecord>((resolve) => {
    daemon.on('runChanged', (record) => {
      if (record.run === run && hasEnded(record)) resolve(record);
    });
  });
  const outcome = new Promise<void>((resolve) => {
    daemon.on('runEvents', (part) => {
      if (part.run !== run) return;
      take(part.events);
      if (part.events.some(isOutcome)) resolve();
    });
  });
  const { record, events } = await daemon.request('watch', { run, from });
  take(events);
  if (!hasEnded(record)) return ended;
  // It was quicker than we; what the first answer did not hold is on its way.
  if (record.state !== 'interrupted' && !events.some(isOutcome)) await Promise.race([outcome, sleep(5000)]);
  return record;
}

const hasEnded = ({ state }: RunRecord): boolean => state !== 'queued' && state !== 'running';

const isOutcome = (event: RunEvent | undefined): boolean =>
  event !== undefined && ['finished', 'failed', 'cancelled'].includes(event.event);

/** A killed worker writes no last event; whoever reads ours still gets one. */
function unwrittenOutcome({ run, step, endedAt, error }: RunRecord): RunEvent {
  const { code, message, hint } = error ?? { code: 'interrupted', message: 'The run was interrupted.' };
  const time = endedAt ?? new Date().toISOString();
  return { event: 'failed', time, step, run, code, message, ...(hint !== undefined && { hint }) };
}

function conclude(record: RunRecord, io: Io): ExitCode {
  const { state, run, error } = record;
  if (state === 'finished') {
    showResult(record, io);
    return 0;
  }
  if (error) reportError(RankwiseError.from(error), io);
  const again = `\`rankwise resume ${shortPath(run)}\` goes on from its last checkpoint.`;
  io.warn(`The run is ${state} at step ${record.step}. ${again}`);
  return 1;
}

function cancelOnInterrupt(daemon: DaemonConnection, run: string, progress: Progress, io: Io) {
  let onSecond: () => void = () => {};
  const detached = new Promise<undefined>((resolve) => {
    onSecond = () => resolve(undefined);
  });
  let interrupts = 0;
  const onInterrupt = () => {
    progress.clear();
    if (++interrupts > 1) return onSecond();
    io.warn('Cancelling at the next step, with a checkpoint; Ctrl-C again leaves the run to itself.');
    daemon.request('cancel', { run }).catch((error: unknown) => reportError(error, io));
  };
  process.on('SIGINT', onInterrupt);
  return { detached, off: () => process.off('SIGINT', onInterrupt) };
}

/** Rejects when the daemon goes away. */
function lost(daemon: DaemonConnection, { run }: RunRecord): Promise<never> {
  return new Promise((_, reject) => {
    daemon.onClose(() =>
      reject(
        new RankwiseError('daemon-connection-lost', 'The connection to the daemon was lost.', {
          kind: 'runtime',
          file: run,
          hint: '`rankwise runs` shows what became of the run; `rankwise resume` continues it if it was interrupted.',
        }),
      ),
    );
  });
}

/** Lines of `metrics.jsonl` so far; a torn last one counts, because the next attempt closes it. */
export function metricsLines(run: string): number {
  let fd: number;
  try {
    fd = openSync(path.join(run, 'metrics.jsonl'), 'r');
  } catch {
    return 0; // never begun
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(2 ** 16);
    let lines = 0;
    let last = 10;
    for (let at = 0; at < size; ) {
      const bytes = readSync(fd, buffer, 0, buffer.length, at);
      if (bytes === 0) break;
      for (let i = buffer.indexOf(10); i >= 0 && i < bytes; i = buffer.indexOf(10, i + 1)) lines++;
      last = buffer[bytes - 1]!;
      at += bytes;
    }
    return last === 10 ? lines : lines + 1;
  } finally {
    closeSync(fd);
  }
}
