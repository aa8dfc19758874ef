/** Runs that are begun or gone on with, or cancelled before they could be: one way into the queue, and one out of it. */
import { RankwiseError } from '../base/errors.ts';
import { isWaiting } from '../metrics/halving.ts';
import type { BackendName } from '../protocol/backends.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { JobQueue } from './queue.ts';
import { fold, withoutOutcome } from './record.ts';
import type { Daemon } from './requests.ts';
import type { Supervisor } from './supervisor.ts';

export interface AgainOptions {
  allowDifferentBackend: boolean;
  backend?: BackendName | undefined;
}

/** Errors: `queue-full`, which takes none of `more`. */
export function demandRoom({ queue, settings }: Pick<Daemon, 'queue' | 'settings'>, more = 1): void {
  if (queue.waitingCount + more <= settings.queueLimit) return;
  const waiting = queue.waitingCount === 0 ? '' : `${queue.waitingCount} runs are waiting already. `;
  throw new RankwiseError(
    'queue-full',
    `${waiting}At most ${settings.queueLimit} may wait, and ${more} would be added.`,
    {
      kind: 'runtime',
      hint: 'Wait for some to finish, or cancel some. RANKWISE_QUEUE_LIMIT sets another limit.',
    },
  );
}

/** A run that was taken out of the queue has been cancelled, and tells so. */
export async function cancelWaiting(
  { store, supervisor }: Pick<Daemon, 'store'> & { supervisor: Pick<Supervisor, 'append'> },
  { run, step }: RunRecord,
  why: Pick<RunRecord, 'overBudget'> = {},
): Promise<void> {
  const event = { event: 'cancelled', time: new Date().toISOString(), step, run } as const;
  await supervisor.append(run, event);
  await store.save({ ...fold(store.get(run)!, event), ...why });
}

/**
 * Queues runs that have stopped, each after its last checkpoint. All are known as `queued` before the first begins, so a second resume finds them active, and
 * no point of a sweep is compared without the others. One that has come to a rung waits there again.
 */
export async function goOn(
  { store, queue }: Pick<Daemon, 'store'> & { queue: JobQueue },
  runs: readonly string[],
  { allowDifferentBackend, backend }: AgainOptions,
): Promise<void> {
  for (const run of runs) {
    const record = store.get(run)!;
    await store.save({ ...withoutOutcome(record), state: 'queued', resumes: record.resumes + 1 });
  }
  for (const run of runs)
    if (!isWaiting(store.get(run)!))
      queue.add({ run, resume: true, allowDifferentBackend, ...(backend && { backend }) });
}
