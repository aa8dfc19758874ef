/** The runs that the daemon knows, kept current by its notifications. */
import { type CancellationToken, commands, EventEmitter, type LogOutputChannel } from 'vscode';
import type { RunRecord } from '../server/protocol/runs.ts';
import type { DaemonClient } from '../server/wire/client.ts';
import { runPages } from '../server/wire/run-pages.ts';
import { isActive, isResumable } from './run-text.ts';

/** A daemon that dies again this soon (ms) after it was started anew is left alone. */
const revivalPause = 10_000;
/** A tooltip does not wait longer (ms) for the size of a directory. */
const sizePatience = 1500;

export class Runs {
  private readonly daemon: DaemonClient;
  private readonly log: LogOutputChannel;
  private readonly records = new Map<string, RunRecord>();
  /** Directories, the newest run first; undefined until somebody asks for all after one came or went. */
  private order: string[] | undefined;
  /** Kept beside the records, so that a step of one run does not look at all of them. */
  private readonly inProgress = new Map<string, RunRecord>();
  private readonly resumable = new Set<string>();
  /** For each reading of the list, the runs of which there was news meanwhile: the list may have them as they were before. */
  private readonly reading = new Set<Set<string>>();
  private readonly changed = new EventEmitter<{ before: RunRecord | undefined; now: RunRecord } | undefined>();
  private revival: NodeJS.Timeout | undefined;
  private revived = 0;
  /** A run that changed, or undefined when the whole list was read anew or runs left it. */
  readonly onDidChange = this.changed.event;

  constructor(daemon: DaemonClient, log: LogOutputChannel) {
    this.daemon = daemon;
    this.log = log;
    daemon.on('runChanged', (record) => this.put(record));
    daemon.on('runsRemoved', ({ runs }) => this.remove(runs));
    daemon.on('connected', () => {
      this.refresh().catch((error) => log.warn(`the runs could not be read: ${error}`));
    });
    daemon.on('disconnected', () => this.revive());
  }

  /** Newest first. */
  all(): readonly RunRecord[] {
    this.order ??= [...this.records.values()]
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
      .map(({ run }) => run);
    return this.order.map((run) => this.records.get(run)!);
  }

  /** Those that run or wait, in no order. */
  active(): RunRecord[] {
    return [...this.inProgress.values()];
  }

  get(run: string): RunRecord | undefined {
    return this.records.get(run);
  }

  /** Bytes on disk; undefined where that is not known soon. */
  async size(run: string, token: CancellationToken): Promise<number | undefined> {
    if (!this.daemon.daemon) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<undefined>((done) => {
      timer = setTimeout(() => done(undefined), sizePatience);
      token.onCancellationRequested(() => done(undefined));
    });
    const asked = this.daemon.request('diskUse', { runs: [run] }).then(
      ({ runs }) => runs[0]?.bytes,
      (error) => {
        this.log.debug(`the size of ${run} is not known: ${error}`);
        return undefined;
      },
    );
    return Promise.race([asked, enough]).finally(() => clearTimeout(timer));
  }

  /** Reads the list anew, starting the daemon if need be. Of a first list the newest are there before the rest. */
  async refresh(): Promise<void> {
    const before = new Map(this.records);
    const told = new Set<string>();
    const listed = new Set<string>();
    this.reading.add(told);
    try {
      for await (const runs of runPages(this.daemon)) {
        for (const record of runs) {
          listed.add(record.run);
          if (!told.has(record.run)) this.keep(record);
        }
        // Each time the view is made anew: that is worth while where it was empty.
        if (before.size === 0 && listed.size === runs.length) this.tell();
      }
    } finally {
      this.reading.delete(told);
    }
    for (const run of before.keys()) if (!listed.has(run) && !told.has(run)) this.drop(run);
    this.tell();
    // What ended while nobody listened is news too.
    for (const [run, known] of before) {
      const now = this.records.get(run);
      if (now && !told.has(run) && known.state !== now.state) this.changed.fire({ before: known, now });
    }
  }

  put(now: RunRecord): void {
    const before = this.records.get(now.run);
    for (const told of this.reading) told.add(now.run);
    this.keep(now);
    if (before?.state !== now.state) this.announce();
    this.changed.fire({ before, now });
  }

  /** They are no longer in the list. */
  remove(runs: readonly string[]): void {
    for (const told of this.reading) for (const run of runs) told.add(run);
    if (runs.filter((run) => this.drop(run)).length > 0) this.tell();
  }

  dispose(): void {
    clearTimeout(this.revival);
    this.changed.dispose();
  }

  private keep(record: RunRecord): void {
    const { run } = record;
    // A step changes no order.
    if (this.records.get(run)?.createdAt !== record.createdAt) this.order = undefined;
    this.records.set(run, record);
    if (isActive(record)) this.inProgress.set(run, record);
    else this.inProgress.delete(run);
    if (isResumable(record)) this.resumable.add(run);
    else this.resumable.delete(run);
  }

  private drop(run: string): boolean {
    this.order = undefined;
    this.inProgress.delete(run);
    this.resumable.delete(run);
    return this.records.delete(run);
  }

  private tell(): void {
    this.announce();
    this.changed.fire(undefined);
  }

  private running(): boolean {
    return this.active().some(({ state }) => state === 'running');
  }

  /**
   * A daemon that goes away while a run trains did not mean to: a new one finds the run and marks it interrupted. One that is stopped says of each
   * run that it is interrupted, and what still waits then waits for a person to start a daemon.
   */
  private revive(): void {
    if (this.revival || !this.running()) return;
    const wait = Math.max(0, this.revived + revivalPause - Date.now());
    this.revival = setTimeout(() => {
      this.revival = undefined;
      if (this.daemon.daemon || !this.running()) return;
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
    void commands.executeCommand('setContext', 'rankwise.runsKnown', true);
    void commands.executeCommand('setContext', 'rankwise.hasRuns', this.records.size > 0);
    void commands.executeCommand('setContext', 'rankwise.hasActiveRuns', this.inProgress.size > 0);
    void commands.executeCommand('setContext', 'rankwise.hasResumableRuns', this.resumable.size > 0);
  }
}
