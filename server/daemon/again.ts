/** Runs that are begun or gone on with, or cancelled before they could be: one way into the queue, and one out of it. */
import { RankwiseError } from '../base/errors.ts';
import { isWaiting } from '../metrics/halving.ts';
import type { BackendName } from '../protocol/backends.ts';
import type { PromotedEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { freeing } from './halving.ts';
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

/** Whether the run has not begun yet, or waits at a rung: then nothing begins it any more, and `cancelWaiting` is to follow at once. */
export function takenOut(
  { queue, supervisor }: { queue: Pick<JobQueue, 'remove'>; supervisor: Pick<Supervisor, 'has'> },
  record: RunRecord,
): boolean {
  // On its way to the queue, it is looked at again before it begins.
  return queue.remove(record.run) || isWaiting(record) || (record.state === 'queued' && !supervisor.has(record.run));
}

/** Stops points of a sweep: those that wait are cancelled when it resolves, the workers of the others have been asked to stop. */
export async function stopPoints(
  house: Pick<Daemon, 'store'> & {
    queue: Pick<JobQueue, 'remove'>;
    supervisor: Pick<Supervisor, 'append' | 'cancel' | 'has'>;
  },
  points: readonly RunRecord[],
  why: 'cancel' | 'budget',
): Promise<void> {
  // Those that wait are taken out first, so that none begins while another stops.
  const waiting = points.filter((record) => takenOut(house, record));
  for (const record of points) if (!waiting.includes(record)) house.supervisor.cancel(record.run, why);
  await cancelWaiting(house, waiting, why === 'budget' ? { overBudget: true } : {});
}

/** Runs that were taken out are cancelled from the call on, and tell so one after the other. Those whose directories are gone are `missing`. */
export async function cancelWaiting(
  { store, supervisor }: Pick<Daemon, 'store'> & { supervisor: Pick<Supervisor, 'append'> },
  records: readonly RunRecord[],
  why: Pick<RunRecord, 'overBudget'> = {},
): Promise<void> {
  const time = new Date().toISOString();
  const there = store.looked(records).filter(({ state }) => state !== 'missing');
  const events = there.map(({ run, step }) => ({ event: 'cancelled', time, step, run }) as const);
  for (const event of events) store.put({ ...fold(store.get(event.run)!, event), ...why });
  for (const event of events) {
    // Somebody may go on with it already, or have removed it.
    if (store.get(event.run)?.state !== 'cancelled') continue;
    await supervisor.append(event.run, event);
    const now = store.get(event.run);
    if (now) await store.save(now);
  }
}

/**
 * Queues runs that have stopped, each after its last checkpoint, and gives their sweeps their time anew. All are known as `queued` from the call on: a second
 * resume finds them active, and no point of a sweep is compared without the others. One that has come to a rung waits there again; one that
 * halving has ended goes to its end.
 */
export async function goOn(
  {
    store,
    queue,
    supervisor,
    budgets,
    halving,
  }: Pick<Daemon, 'store' | 'queue' | 'supervisor' | 'budgets' | 'halving'>,
  runs: readonly string[],
  { allowDifferentBackend, backend }: AgainOptions,
): Promise<void> {
  const freed = new Map<string, PromotedEvent>();
  const sweeps = new Map<string, string>();
  for (const run of runs) {
    const record = store.get(run)!;
    const queued: RunRecord = { ...withoutOutcome(record), state: 'queued', resumes: record.resumes + 1 };
    const event = record.halted && freeing(record);
    if (event) freed.set(run, event);
    store.put(event ? fold(queued, event) : queued);
    if (record.sweep) sweeps.set(record.sweep.id, run);
  }
  for (const [run, event] of freed) await supervisor.append(run, event);
  for (const sweep of sweeps.keys()) await budgets.renew(sweep);
  // Each as it is by now: somebody may have cancelled it, and removed it.
  for (const run of runs) {
    const record = store.get(run);
    if (record) await store.save(record);
  }
  for (const run of runs) {
    const record = store.get(run);
    if (record?.state === 'queued' && !isWaiting(record))
      queue.add({ run, resume: true, allowDifferentBackend, ...(backend && { backend }) });
  }
  for (const run of sweeps.values()) await halving.after(run);
}
