/** Successive halving of sweeps: when all points of a rung have come, the best go on from their checkpoints and the others end (server/metrics/halving.ts). */
import { isWaiting, rungsLeft, verdicts } from '../metrics/halving.ts';
import type { CancelledEvent, PromotedEvent } from '../protocol/events.ts';
import type { Until } from '../protocol/jobs.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { JobQueue } from './queue.ts';
import { fold } from './record.ts';
import type { RunStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';
import { Turns } from './turns.ts';

interface House {
  store: RunStore;
  supervisor: Pick<Supervisor, 'append'>;
  queue: Pick<JobQueue, 'add'>;
}

/** Where a point stops next; undefined for one that goes on to its end. */
export function untilOf(record: RunRecord): Until | undefined {
  const divisors = rungsLeft(record);
  const { sweep, passed = 0 } = record;
  return divisors.length === 0 ? undefined : { rung: passed, divisors, metric: sweep?.metric ?? 'loss' };
}

/** Goes on to its end, whatever the others have come to: somebody wants it to. */
export const freeing = (record: RunRecord): PromotedEvent => ({
  ...{ event: 'promoted', time: now(), step: record.step },
  passed: (record.passed ?? 0) + rungsLeft(record).length,
});

export class Halving {
  private readonly house: House;
  /** Verdicts of a sweep come one after another. */
  private readonly turns = new Turns();

  constructor(house: House) {
    this.house = house;
  }

  /** To be called when a point has stopped for whatever reason. What was decided before a crash is decided the same again. */
  settle(sweep: string): Promise<void> {
    return this.turns.take(() => this.decide(sweep), sweep);
  }

  /** `settle` for the point's sweep, where that has rungs. */
  async after(run: string): Promise<void> {
    const place = this.house.store.get(run)?.sweep;
    if (place?.halving !== undefined) await this.settle(place.id);
  }

  /** To be called with runs that have been removed: the others may have waited for one. */
  async without(removed: readonly RunRecord[]): Promise<void> {
    const sweeps = new Set(removed.flatMap(({ sweep }) => (sweep?.halving === undefined ? [] : sweep.id)));
    for (const sweep of sweeps) await this.settle(sweep);
  }

  private async decide(sweep: string): Promise<void> {
    const { store, queue } = this.house;
    for (;;) {
      const all = verdicts(store.looked(store.pointsOf(sweep)));
      if (all.length === 0) return;
      const going: RunRecord[] = [];
      for (const { record, rank, of, goesOn } of all) {
        const { run, rungs = [], passed = 0 } = record;
        const { step } = rungs[passed]!;
        const metric = record.sweep?.metric ?? 'loss';
        const halted = { step, rank, of, metric };
        const taken = await this.take(
          run,
          goesOn
            ? { event: 'promoted', time: now(), step, passed: passed + 1, rank, of }
            : { event: 'cancelled', time: now(), step, run, halted },
        );
        if (goesOn && taken.state === 'queued' && !isWaiting(taken)) going.push(taken);
      }
      // In the order of the points, behind what waits already.
      for (const { run } of going) queue.add({ run, resume: true, allowDifferentBackend: false });
    }
  }

  private async take(run: string, event: PromotedEvent | CancelledEvent): Promise<RunRecord> {
    const { store, supervisor } = this.house;
    // Cancelled meanwhile, it stays so.
    const record = store.get(run)!;
    if (!isWaiting(record)) return record;
    await supervisor.append(run, event);
    await store.save(fold(store.get(run)!, event));
    return store.get(run)!;
  }
}

const now = (): string => new Date().toISOString();
