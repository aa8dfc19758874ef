/** Stays with a run to its end: shows its events, cancels on Ctrl-C, and tells how it ended. */

import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RankwiseError } from '../base/errors.ts';
import { isWaiting } from '../metrics/halving.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { DaemonConnection } from '../wire/connection.ts';
import { allRuns } from '../wire/run-pages.ts';
import type { ExitCode } from './command.ts';
import { hindranceChange } from './hindrance.ts';
import type { Io } from './output.ts';
import { Progress } from './progress.ts';
import { reportError, shortPath } from './report.ts';
import { showResult } from './result-table.ts';

/**
 * Starts a run by `launch` and follows it from line `from` of its metrics. The first Ctrl-C cancels it, also while it is being
 * launched; the second stops waiting for its end.
 */
export async function follow(
  daemon: DaemonConnection,
  launch: () => Promise<RunRecord>,
  from: number,
  io: Io,
): Promise<ExitCode> {
  const interrupts = new Interrupts(io);
  const gone = lost(daemon);
  let progress: Progress | undefined;
  try {
    const { id, run, totalSteps } = await launch();
    io.say(`${id} → ${shortPath(run)}`);
    const bar = new Progress(io, totalSteps);
    progress = bar;
    const before = await runsBefore(daemon, run);
    let waiting = before > 0;
    if (waiting) io.say(`queued, ${before} before it`);
    let known: RunRecord | undefined;
    daemon.on('runChanged', (record) => {
      if (record.run !== run) return;
      const change = hindranceChange(known, record);
      known = record;
      if (change) {
        bar.clear();
        io.warn(change);
      }
      if (!waiting || record.state !== 'running') return;
      waiting = false;
      io.say('started');
    });
    interrupts.onFirst(() => {
      bar.clear();
      io.warn(
        waiting
          ? 'Cancelling; the run has not begun.'
          : 'Cancelling at the next step, with a checkpoint; Ctrl-C again stops waiting for that.',
      );
      daemon.request('cancel', { run }).catch((error: unknown) => reportError(error, io));
    });
    let last: RunEvent | undefined;
    const take = (events: readonly RunEvent[]) => {
      for (const event of events) {
        last = event;
        if (io.json) io.value(event);
        else bar.take(event);
      }
    };
    const record = await Promise.race([watched(daemon, run, from, take), interrupts.second, gone]);
    bar.clear();
    if (!record) {
      io.warn('No longer waiting: the run stops by itself at its next step; `rankwise runs` shows it.');
      return 1;
    }
    if (io.json && !(last && isOutcome(last))) io.value(unwrittenOutcome(record));
    await claimEnds(daemon, [run]);
    return conclude(record, io);
  } finally {
    progress?.clear();
    interrupts.off();
  }
}

/** Whoever follows a run sees its end: no window has to tell of it. One that was told of already, or a daemon that has gone, is no fault. */
export async function claimEnds(daemon: DaemonConnection, runs: readonly string[]): Promise<void> {
  const notices = runs.map((run) => ({ run, about: 'end' as const }));
  await daemon.request('claimNotices', { notices }).catch(() => {});
}

/** How many runs a run that was just launched waits for; 0 when it has begun. */
async function runsBefore(daemon: DaemonConnection, run: string): Promise<number> {
  const runs = await allRuns(daemon);
  if (runs.find((record) => record.run === run)?.state !== 'queued') return 0;
  return runs.filter((record) => record.run !== run && !hasEnded(record) && !isWaiting(record)).length;
}

/** Resolves with the record once the run has ended; the daemon sends all events before it tells of the end. */
export async function watched(
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

export const hasEnded = ({ state }: RunRecord): boolean => state !== 'queued' && state !== 'running';

export const isOutcome = ({ event }: RunEvent): boolean => ['finished', 'failed', 'cancelled'].includes(event);

/** A killed worker writes no last event; whoever reads ours still gets one. */
export function unwrittenOutcome({ run, step, endedAt, error }: RunRecord): RunEvent {
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
  if (!existsSync(run)) return 1;
  const what = state === 'failed' ? 'failed' : `was ${state}`;
  const next = hasCheckpoint(run) ? 'goes on from its last checkpoint' : 'begins it anew: it has no checkpoint yet';
  io.warn(`The run ${what} at step ${record.step}. \`rankwise resume ${shortPath(run)}\` ${next}.`);
  return 1;
}

export function hasCheckpoint(run: string): boolean {
  const folder = path.join(run, 'checkpoints');
  return existsSync(folder) && readdirSync(folder).some((name) => /^step-\d+$/.test(name));
}

/** Ctrl-C, counted. */
export class Interrupts {
  readonly second: Promise<undefined>;
  private readonly io: Io;
  private count = 0;
  private first: (() => void) | undefined;
  private resolveSecond: () => void = () => {};

  constructor(io: Io) {
    this.io = io;
    this.second = new Promise((resolve) => {
      this.resolveSecond = () => resolve(undefined);
    });
    process.on('SIGINT', this.take);
  }

  /** What the first one does; at once when it has come already. */
  onFirst(action: () => void): void {
    this.first = action;
    if (this.count > 0) action();
  }

  off(): void {
    process.off('SIGINT', this.take);
  }

  private readonly take = () => {
    this.count++;
    if (this.count > 1) this.resolveSecond();
    else if (this.first) this.first();
    else this.io.warn('Cancelling as soon as the run is known.');
  };
}

/** Rejects when the daemon goes away. */
export function lost(daemon: DaemonConnection): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    daemon.onClose(() =>
      reject(
        new RankwiseError('daemon-connection-lost', 'The connection to the daemon was lost.', {
          kind: 'runtime',
          hint: '`rankwise runs` shows what became of the run; `rankwise resume` continues it if it was interrupted.',
        }),
      ),
    );
  });
  rejected.catch(() => {}); // closed by ourselves, after the end
  return rejected;
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
