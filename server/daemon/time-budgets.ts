/** The time that all points of a sweep have together (`sweep.budget`): when it is used up those that run stop with a checkpoint, and no more begin. */
import type { RunRecord } from '../protocol/runs.ts';
import { stopPoints } from './again.ts';
import type { Log } from './log.ts';
import type { JobQueue } from './queue.ts';
import type { RunStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';

interface House {
  store: RunStore;
  queue: Pick<JobQueue, 'remove'>;
  supervisor: Pick<Supervisor, 'append' | 'cancel' | 'has' | 'secondsOf'>;
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
    const { sweep } = this.house.store.get(run) ?? {};
    if (sweep?.budget !== undefined) await this.look(sweep.id, sweep.budget);
  }

  private async look(sweep: string, budget: number): Promise<void> {
    const { store, supervisor, log } = this.house;
    clearTimeout(this.timers.get(sweep));
    this.timers.delete(sweep);
    const points = store.pointsOf(sweep);
    const seconds = ({ run, worked = 0 }: RunRecord) => worked + supervisor.secondsOf(run);
    const left = budget - points.reduce((sum, record) => sum + seconds(record), 0);
    if (left <= 0) return stopPoints(this.house, points, 'budget');
    // The time of one that waits for room on the disk stands still.
    const running = points.filter(({ state, paused }) => state === 'running' && !paused).length;
    if (running === 0) return;
    const timer = setTimeout(
      () => void this.look(sweep, budget).catch((error) => log('error', `the budget of ${sweep}`, error)),
      // Not longer than a timer can wait; then it looks again.
      Math.min((1000 * left) / running, 2 ** 31 - 1),
    );
    this.timers.set(sweep, timer);
  }

  /** Somebody goes on with the sweep: the time begins anew. */
  async renew(sweep: string): Promise<void> {
    const { store } = this.house;
    for (const { run } of store.pointsOf(sweep)) {
      // As it is by now: points run, and end, while others are written.
      const { worked, ...record } = store.get(run) ?? {};
      if (worked !== undefined) await store.save(record as RunRecord);
    }
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
