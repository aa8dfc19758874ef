/** Hands the events of runs on to the connections that watch them, each at its own pace and in order. */
import type { DaemonRequests } from '../protocol/daemon.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { Log } from './log.ts';
import { files } from './record.ts';
import { MetricsTail } from './tail.ts';

/** What a watcher needs of its connection. */
export interface Watcher {
  send(run: string, events: RunEvent[], next: number): void;
  /** Resolves when the connection has taken what was sent, or is closed. */
  drained(): Promise<void>;
}

export class Watches {
  private readonly log: Log;
  private readonly byRun = new Map<string, Map<Watcher, Watch>>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Starts watching from line `from` on; the first events are the answer, later ones are sent. */
  async start(run: string, from: number, watcher: Watcher): Promise<Omit<DaemonRequests['watch']['result'], 'record'>> {
    this.stop(run, watcher);
    const watch = new Watch(run, from, watcher, this.log);
    const watchers = this.byRun.get(run) ?? new Map<Watcher, Watch>();
    this.byRun.set(run, watchers.set(watcher, watch));
    const first = await watch.first();
    setImmediate(() => void watch.pump()); // after the answer
    return first;
  }

  stop(run: string, watcher: Watcher): void {
    const watchers = this.byRun.get(run);
    watchers?.get(watcher)?.close();
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.byRun.delete(run);
  }

  stopAll(watcher: Watcher): void {
    for (const run of [...this.byRun.keys()]) this.stop(run, watcher);
  }

  /** New lines stand in the file. Resolves when all watchers have them, or after a second: a slow one must not hold up the run. */
  async nudge(run: string): Promise<void> {
    const pumps = [...(this.byRun.get(run)?.values() ?? [])].map((watch) => watch.pump());
    if (pumps.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 1000);
    });
    await Promise.race([Promise.all(pumps), late]);
    clearTimeout(timer);
  }
}

class Watch {
  private readonly run: string;
  private readonly from: number;
  private readonly watcher: Watcher;
  private readonly tail: MetricsTail;
  private readonly log: Log;
  private work: Promise<unknown> = Promise.resolve();
  private waiting = false;
  private closed = false;

  constructor(run: string, from: number, watcher: Watcher, log: Log) {
    this.run = run;
    this.from = from;
    this.watcher = watcher;
    this.log = log;
    this.tail = new MetricsTail(files(run).metrics);
  }

  close(): void {
    this.closed = true;
  }

  /** The first piece that has events from `from` on. */
  first(): Promise<{ events: RunEvent[]; next: number }> {
    const first = this.readFirst();
    this.work = first.catch(() => this.close()); // reported by the request
    return first;
  }

  /** Sends what is new; one pass at a time, and never more than one waiting behind it. */
  async pump(): Promise<void> {
    if (!this.waiting) {
      this.waiting = true;
      this.work = this.work
        .then(() => {
          this.waiting = false;
          return this.pass();
        })
        .catch((error) => {
          this.log('error', `cannot read the metrics of ${this.run}`, error);
          this.close();
        });
    }
    await this.work;
  }

  private async readFirst(): Promise<{ events: RunEvent[]; next: number }> {
    for (;;) {
      const { events, end } = await this.tail.read(this.from);
      if (events.length > 0 || end) return { events, next: this.next };
    }
  }

  private async pass(): Promise<void> {
    while (!this.closed) {
      const { events, end } = await this.tail.read(this.from);
      if (this.closed) return;
      if (events.length > 0) {
        this.watcher.send(this.run, events, this.next);
        await this.watcher.drained();
      }
      if (end) return;
    }
  }

  private get next(): number {
    return Math.max(this.from, this.tail.line);
  }
}
