/** The runs that the daemon knows, kept current by its notifications. */
import { commands, EventEmitter, type LogOutputChannel } from 'vscode';
import type { RunRecord } from '../server/protocol/runs.ts';
import type { DaemonClient } from '../server/wire/client.ts';
import { isActive, isResumable } from './run-text.ts';

/** A daemon that dies again this soon (ms) after it was started anew is left alone. */
const revivalPause = 10_000;

export class Runs {
  private readonly daemon: DaemonClient;
  private readonly log: LogOutputChannel;
  private readonly records = new Map<string, RunRecord>();
  private readonly changed = new EventEmitter<{ before: RunRecord | undefined; now: RunRecord } | undefined>();
  private revival: NodeJS.Timeout | undefined;
  private revived = 0;
  /** A run that changed, or undefined when the whole list was read anew. */
  readonly onDidChange = this.changed.event;

  constructor(daemon: DaemonClient, log: LogOutputChannel) {
    this.daemon = daemon;
    this.log = log;
    daemon.on('runChanged', (record) => this.put(record));
    daemon.on('connected', () => {
      this.refresh().catch((error) => log.warn(`the runs could not be read: ${error}`));
    });
    daemon.on('disconnected', () => this.revive());
  }

  /** Newest first. */
  all(): RunRecord[] {
    return [...this.records.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  get(run: string): RunRecord | undefined {
    return this.records.get(run);
  }

  /** Reads the list anew, starting the daemon if need be. */
  async refresh(): Promise<void> {
    const { runs } = await this.daemon.request('runs', {});
    const before = new Map(this.records);
    this.records.clear();
    for (const record of runs) this.records.set(record.run, record);
    this.announce();
    this.changed.fire(undefined);
    // What ended while nobody listened is news too.
    for (const now of runs) {
      const known = before.get(now.run);
      if (known && known.state !== now.state) this.changed.fire({ before: known, now });
    }
  }

  put(now: RunRecord): void {
    const before = this.records.get(now.run);
    this.records.set(now.run, now);
    if (before?.state !== now.state) this.announce();
    this.changed.fire({ before, now });
  }

  dispose(): void {
    clearTimeout(this.revival);
    this.changed.dispose();
  }

  /** A daemon that goes away while a run is in progress did not mean to: a new one finds the run and marks it interrupted. */
  private revive(): void {
    if (this.revival || !this.all().some(isActive)) return;
    const wait = Math.max(0, this.revived + revivalPause - Date.now());
    this.revival = setTimeout(() => {
      this.revival = undefined;
      if (this.daemon.daemon || !this.all().some(isActive)) return;
      this.revived = Date.now();
      this.log.warn('the daemon went away with runs in progress; starting it again');
      this.daemon.request('status', {}).catch((error) => {
        this.log.error(`the daemon did not start again: ${error}`);
        this.revive();
      });
    }, wait);
  }

  /** For when-clauses in the manifest; `runsKnown` keeps the welcome text away until it is known that there are none. */
  private announce(): void {
    const all = this.all();
    void commands.executeCommand('setContext', 'rankwise.runsKnown', true);
    void commands.executeCommand('setContext', 'rankwise.hasActiveRuns', all.some(isActive));
    void commands.executeCommand('setContext', 'rankwise.hasResumableRuns', all.some(isResumable));
  }
}
