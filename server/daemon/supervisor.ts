/** Runs training jobs in worker processes and turns the way they end into the state of their run. */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { type ErrorData, errorData } from '../base/errors.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { RunPhase, RunRecord } from '../protocol/runs.ts';
import { identityOf, processorSeconds } from '../wire/processes.ts';
import { type RunningJob, startJob } from '../wire/worker.ts';
import { untilOf } from './halving.ts';
import type { Log } from './log.ts';
import { news } from './notices.ts';
import type { QueuedJob } from './queue.ts';
import { afterWork, ended, files, fold, resumable, withoutOutcome } from './record.ts';
import { foldAttempt } from './recovery.ts';
import { type Stall, Stalls } from './stalls.ts';
import type { RunStore } from './store.ts';
import { MetricsTail } from './tail.ts';
import { takeFromTwin } from './twins.ts';

interface Active {
  /** Undefined while the job is being made ready. */
  worker?: RunningJob<'train'>;
  /** Why it is to stop: its user's wish, the budget of its sweep or the daemon's end. */
  stopping?: 'cancel' | 'budget' | 'shutdown';
  /** When its user first asked for that. */
  asked?: number;
  /** How the worker says that it ended: on a full disk its file may lack that. */
  outcome?: RunEvent;
  done: Promise<void>;
  /** Since when its worker has been at it, by `performance.now()`: that clock does not jump. Undefined while it waits for room on the disk. */
  began?: number | undefined;
  /** Seconds that it has been at it before that. */
  worked: number;
}

/** A second cancel ends a worker that has not reached a step boundary in this time; sooner, it was a double click. */
const patience = 5000;

export class Supervisor {
  /** New lines stand in the metrics of a run. Resolves when they have been handed on. */
  onMetrics: (run: string) => Promise<void> = async () => {};
  /** A worker is at it from now on: it has begun, and its run is `running`, or a pause is over. */
  onStart: (run: string) => void = () => {};
  private readonly store: RunStore;
  private readonly workerScript: string;
  private readonly log: Log;
  private readonly active = new Map<string, Active>();
  private readonly stalls = new Stalls({
    stalled: (run, stall) => this.stalled(run, stall),
    works: (run) => this.works(run),
    processorSeconds: (run) => processorSeconds(this.active.get(run)?.worker?.pid),
  });

  constructor(store: RunStore, workerScript: string, log: Log) {
    this.store = store;
    this.workerScript = workerScript;
    this.log = log;
  }

  /** Runs one job to its end. Never rejects: whatever happens is the outcome of the run. */
  work(job: QueuedJob): Promise<void> {
    const active: Active = { done: Promise.resolve(), worked: 0 };
    this.active.set(job.run, active);
    active.done = this.attempt(job, active)
      .catch(async (thrown) => {
        this.log('error', `the job of ${job.run} could not be run`, thrown);
        const record = this.store.get(job.run);
        if (record) await this.store.save(news(ended(record, 'failed', errorData(thrown))));
      })
      .finally(() => this.active.delete(job.run));
    return active.done;
  }

  /** Whether a job of the run is being made ready or goes on. */
  has(run: string): boolean {
    return this.active.has(run);
  }

  /** Asks the worker of a run to stop with a checkpoint; false when it has no job. Only its user's second wish ends it without one. */
  cancel(run: string, why: 'cancel' | 'budget' = 'cancel'): boolean {
    const active = this.active.get(run);
    if (!active) return false;
    if (why === 'cancel') {
      const now = Date.now();
      if (active.asked !== undefined && now - active.asked > patience) active.worker?.kill();
      active.asked ??= now;
    }
    active.stopping ??= why;
    active.worker?.cancel();
    return true;
  }

  /** How long the worker of a run has been at it, pauses left out; 0 where there is none. */
  secondsOf(run: string): number {
    const active = this.active.get(run);
    return active ? secondsAt(active) : 0;
  }

  /** Lets every worker write a checkpoint and stop, and ends those that have not within `milliseconds`. */
  async interruptAll(milliseconds: number): Promise<void> {
    const all = [...this.active.values()];
    for (const active of all) {
      active.stopping ??= 'shutdown';
      active.worker?.cancel();
    }
    const timer = setTimeout(() => {
      for (const { worker } of all) worker?.kill();
    }, milliseconds);
    await Promise.all(all.map(({ done }) => done));
    clearTimeout(timer);
  }

  /** Writes an event in a worker's stead; only while none is running. Where nothing can be written, run.json or the memory of the daemon has it. */
  async append(run: string, event: RunEvent): Promise<void> {
    try {
      await this.closedLine(run);
      appendFileSync(files(run).metrics, `${JSON.stringify(event)}\n`);
    } catch (fault) {
      this.log('error', `cannot write to ${run}`, fault);
    }
    await this.onMetrics(run);
  }

  private async attempt(job: QueuedJob, active: Active): Promise<void> {
    const { run } = job;
    const record = this.store.demand(run);
    // Cancelled on its way here.
    if (record.state !== 'queued') return;
    // What was queued behind its twin has it now.
    if (!active.stopping && (await takeFromTwin(this.store, record, this.log))) return this.onMetrics(run);
    const fromLine = await this.closedLine(run);
    if (active.stopping === 'shutdown') return; // stays queued for the next daemon
    if (active.stopping) return this.store.save(news(stoppedBy(active, await this.cancelled(record))));
    const worker = this.start(job, active);
    active.worker = worker;
    this.stalls.begin(run);
    // Handled from the start: the worker may be gone before run.json is written.
    const outcome = worker.result.then(
      () => undefined,
      (error: unknown) => errorData(error),
    );
    const startedAt = record.startedAt ?? new Date().toISOString();
    active.began = performance.now();
    const identity = { ...identityOf(worker.pid), fromLine, since: new Date().toISOString() };
    await this.store.save({ ...withoutOutcome(record), state: 'running', startedAt, worker: identity });
    this.onStart(run);
    const error = await outcome;
    this.stalls.end(run);
    await this.finish(run, fromLine, error, active);
  }

  private start({ run, resume, allowDifferentBackend, backend }: QueuedJob, active: Active): RunningJob<'train'> {
    const log = openSync(files(run).log, 'a');
    const until = untilOf(this.store.demand(run));
    try {
      return startJob({
        script: this.workerScript,
        background: true,
        job: 'train',
        params: {
          run,
          resume,
          ...(allowDifferentBackend && { allowDifferentBackend }),
          ...(backend && { backend }),
          ...(until && { until }),
        },
        onEvent: (event) => this.progress(run, event, active),
        onChunk: (phase) => this.doing(run, phase as RunPhase),
        log,
      });
    } finally {
      closeSync(log);
    }
  }

  private progress(run: string, event: RunEvent, active: Active): void {
    const lives = this.stalls.heard(run, event);
    if (event.event === 'paused') hold(active);
    if (event.event === 'continued') active.began ??= performance.now();
    const record = this.store.get(run);
    // The outcome counts when the worker is gone: only then may the next one start, or this one be resumed.
    if (isOutcome(event)) active.outcome = event;
    else if (record) this.store.touch(fold(lives ? withoutStall(record) : record, event));
    if (event.event === 'continued') this.onStart(run);
    void this.onMetrics(run);
  }

  private doing(run: string, phase: RunPhase): void {
    this.stalls.doing(run, phase);
    this.works(run);
  }

  private works(run: string): void {
    const record = this.store.get(run);
    if (record?.stalled) this.store.touch(withoutStall(record));
  }

  private stalled(run: string, { silent, ...about }: Stall): void {
    const record = this.store.get(run);
    if (!record) return;
    const usually = about.usual === undefined ? '' : `, usually ${about.usual.toFixed(1)} s a step`;
    this.log('warning', `${run}: no word for ${silent.toFixed(0)} s (${about.phase})${usually}`);
    this.store.touch({ ...record, stalled: { since: new Date(Date.now() - 1000 * silent).toISOString(), ...about } });
  }

  private async finish(run: string, fromLine: number, error: ErrorData | undefined, active: Active): Promise<void> {
    hold(active);
    const seconds = active.worked;
    active.worked = 0;
    let record = await foldAttempt(this.store.get(run)!, fromLine);
    const shutdown = active.stopping === 'shutdown';
    if (record.state === 'running') {
      const event = active.outcome ?? missingOutcome(record, error ?? noOutcome, active);
      if (event) await this.append(run, event);
      record = event ? fold(record, event) : ended(record, 'interrupted', error ?? noOutcome);
    } else if (record.state === 'queued' && active.stopping && !shutdown) {
      // It came to a rung while it was to stop.
      record = await this.cancelled(record);
    }
    if (shutdown && record.state === 'cancelled')
      record = ended(record, 'interrupted', resumable('The daemon was stopped while this run was going on.'));
    // The worker's own words say more than its event: the file and the field.
    if (record.state === 'failed' && error) record = { ...record, error };
    await this.onMetrics(run);
    this.log(
      'info',
      `${run}: ${record.state}${record.error ? ` (${record.error.code}: ${record.error.message})` : ''}`,
    );
    await this.store.save(news(afterWork(stoppedBy(active, record), seconds)));
  }

  /** Ends a run that no worker is at. */
  private async cancelled(record: RunRecord): Promise<RunRecord> {
    const { run, step } = record;
    const event = { event: 'cancelled', time: new Date().toISOString(), step, run } as const;
    await this.append(run, event);
    return fold(record, event);
  }

  /** The number of lines so far; a last line torn by a crash is closed, so that the next one stands alone. */
  private async closedLine(run: string): Promise<number> {
    const tail = new MetricsTail(files(run).metrics);
    for await (const _ of tail.rest(Number.POSITIVE_INFINITY));
    if (!tail.torn) return tail.line;
    appendFileSync(files(run).metrics, '\n');
    return tail.line + 1;
  }
}

const secondsAt = ({ worked, began }: Active): number =>
  worked + (began === undefined ? 0 : (performance.now() - began) / 1000);

/** Its time stands still. */
function hold(active: Active): void {
  active.worked = secondsAt(active);
  active.began = undefined;
}

/** With the reason, where it is not its user's wish. */
const stoppedBy = ({ stopping }: Active, record: RunRecord): RunRecord =>
  stopping === 'budget' && record.state === 'cancelled' ? { ...record, overBudget: true } : record;

/** It has spoken. */
function withoutStall(record: RunRecord): RunRecord {
  const { stalled: _, ...rest } = record;
  return rest;
}

const isOutcome = ({ event }: RunEvent): boolean => ['finished', 'failed', 'cancelled', 'rung'].includes(event);

/** The last event of a worker that wrote none. Undefined for one that was killed: it is interrupted, and may be resumed. */
function missingOutcome(record: RunRecord, error: ErrorData, { stopping }: Active): RunEvent | undefined {
  const common = { time: new Date().toISOString(), step: record.step, run: record.run };
  if (error.code !== 'worker-killed') {
    const { code, message, hint } = error;
    return { ...common, event: 'failed', code, message, ...(hint !== undefined && { hint }) };
  }
  return stopping && stopping !== 'shutdown' ? { ...common, event: 'cancelled' } : undefined;
}

const noOutcome: ErrorData = {
  code: 'worker-crashed',
  message: 'The training process ended without saying how.',
  kind: 'runtime',
  hint: 'log.txt in the run directory may tell more.',
};
