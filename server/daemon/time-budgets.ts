/** The time that all points of a sweep have together (`sweep.budget`): when it is used up those that run stop with a checkpoint, and no more begin. */
import { isWaiting } from '../metrics/halving.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { cancelWaiting } from './again.ts';
import type { Log } from './log.ts';
import type { JobQueue } from './queue.ts';
import type { RunStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';

interface House {
  store: RunStore;
  queue: Pick<JobQueue, 'remove'>;
  supervisor: Pick<Supervisor, 'append' | 'cancel' | 'secondsOf'>;
  log: Log;
}

export class TimeBudgets {
  private readonly house: House;
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(house: House) {
    this.house = house;
  }

  /** Looks at the clock of the run's sweep now and as long as its points run; stops them when the time is used up. */
  async watch(run: string): Promise<void> {
    const { store, supervisor, log } = this.house;
    const { sweep } = store.get(run) ?? {};
    if (sweep?.budget === undefined) return;
    clearTimeout(this.timers.get(sweep.id));
    this.timers.delete(sweep.id);
    const points = this.pointsOf(sweep.id);
    const seconds = ({ run: each, worked = 0 }: RunRecord) => worked + supervisor.secondsOf(each);
    const left = sweep.budget - points.reduce((sum, record) => sum + seconds(record), 0);
    if (left <= 0) return this.stop(points);
    const running = points.filter(({ state }) => state === 'running').length;
    if (running === 0) return;
    const timer = setTimeout(
      () => void this.watch(run).catch((error) => log('error', `the budget of ${sweep.id}`, error)),
      // Not longer than a timer can wait; then it looks again.
      Math.min((1000 * left) / running, 2 ** 31 - 1),
    );
    this.timers.set(sweep.id, timer);
  }

  /** Somebody goes on with the sweep: the time begins anew. */
  async renew(sweep: string): Promise<void> {
    const { store } = this.house;
    for (const { worked: _, ...record } of this.pointsOf(sweep).filter(({ worked }) => worked !== undefined))
      await store.save(record);
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private async stop(points: readonly RunRecord[]): Promise<void> {
    const { store, queue, supervisor } = this.house;
    // Those that wait are taken out first, so that none begins while another stops.
    const waiting = points.filter((record) => queue.remove(record.run) || isWaiting(record));
    for (const record of points) if (!waiting.includes(record)) supervisor.cancel(record.run, 'budget');
    for (const record of store.looked(waiting))
      if (record.state !== 'missing') await cancelWaiting(this.house, record, { overBudget: true });
  }

  private pointsOf(id: string): RunRecord[] {
    return this.house.store.list().filter(({ sweep }) => sweep?.id === id);
  }
}
