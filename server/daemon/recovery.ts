/** After a daemon that was killed: what its runs came to, read from their directories (docs/DESIGN.md §3). */

import type { RunEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { isAlive, waitUntilGone } from '../wire/processes.ts';
import type { Log } from './log.ts';
import { afterWork, ended, files, fold, resumable } from './record.ts';
import { MetricsTail } from './tail.ts';

/** Every run that `run.json` calls running gets its true state; an orphan worker is ended first, so that nobody writes any more. */
export async function recover(record: RunRecord, log: Log): Promise<RunRecord> {
  if (record.state !== 'running') return record;
  const { worker } = record;
  // Without a start time nothing says that this pid is still the worker's; one that lost its daemon ends by itself anyway.
  if (worker?.startTime !== undefined && isAlive(worker)) {
    log('warning', `ending the orphan worker ${worker.pid} of ${record.run}`);
    process.kill(worker.pid, 'SIGKILL');
    await waitUntilGone(worker, 5000);
  }
  let last = worker?.since ?? '';
  let paused = 0;
  const folded = await foldAttempt(record, worker?.fromLine ?? 0, (event) => {
    last = event.time;
    if (event.event === 'continued') paused += event.seconds;
  });
  // A clock that was set back takes nothing away.
  const seconds = (Date.parse(last) - Date.parse(worker?.since ?? '')) / 1000 - paused;
  const now = afterWork(folded, Math.max(0, seconds) || 0);
  return now.state === 'running'
    ? ended(now, 'interrupted', resumable('The daemon ended while this run was going on.'))
    : now;
}

/** Adds what `metrics.jsonl` says; the outcome of an earlier attempt (before `fromLine`) does not count. */
export async function foldAttempt(
  record: RunRecord,
  fromLine: number,
  see: (event: RunEvent) => void = () => {},
): Promise<RunRecord> {
  let now = record;
  for await (const event of new MetricsTail(files(record.run).metrics).rest(fromLine)) {
    see(event);
    now = fold(now, event);
  }
  return now;
}
