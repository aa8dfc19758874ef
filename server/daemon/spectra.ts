/**
 * Spectra that connections asked for, a few at a time, each in a worker process. A spectrum belongs to one connection and ends with it;
 * whatever ends it, asking again costs little, since values are cached. So spectra keep an idle daemon alive only while somebody
 * looks on, and do not stand against `shutdown`: their clients are told, and ask the next daemon.
 */
import { randomUUID } from 'node:crypto';
import { type ErrorData, errorData, RankwiseError } from '../base/errors.ts';
import type { SpectrumParams } from '../protocol/spectrum.ts';
import { endJob, type RunningJob, startJob } from '../wire/worker.ts';
import { Parcels, type SpectrumClient } from './parcels.ts';

interface Task {
  id: string;
  client: SpectrumClient;
  params: Omit<SpectrumParams, 'home'>;
  parcels: Parcels;
  /** While it computes. */
  job?: RunningJob<'spectrum'>;
  gone?: Promise<unknown>;
}

/** Of one connection, those that wait included. */
const taskLimit = 32;

export class Spectra {
  private readonly options: { script: string; home: string; atOnce: number; onIdle: () => void };
  /** All that have not ended, in the order in which they came. */
  private readonly tasks = new Map<string, Task>();
  /** Also those that were stopped, until their worker is gone. */
  private readonly working = new Set<Task>();
  private closed = false;

  constructor(options: { script: string; home: string; atOnce: number; onIdle: () => void }) {
    this.options = options;
  }

  get size(): number {
    return this.tasks.size;
  }

  /** Errors: `too-many-spectra`, `daemon-stopped`. */
  start(client: SpectrumClient, params: Omit<SpectrumParams, 'home'>): string {
    if (this.closed) throw RankwiseError.from(stopped);
    if (this.of(client).length >= taskLimit)
      throw new RankwiseError('too-many-spectra', `This client has ${taskLimit} spectra under way already.`, {
        kind: 'runtime',
        hint: 'Close some of their panels.',
      });
    const id = randomUUID();
    this.tasks.set(id, { id, client, params, parcels: new Parcels(client, id) });
    this.startNext();
    return id;
  }

  /** Nothing more of it is sent, and its worker is gone within a second. One that has ended, or is another client's, is left alone. */
  stop(client: SpectrumClient, id: string): void {
    const task = this.tasks.get(id);
    if (task?.client === client) this.end(task);
  }

  stopAll(client: SpectrumClient): void {
    for (const task of this.of(client)) this.end(task);
  }

  /** Ends all, and tells their clients. Resolves when no worker is left. */
  async close(): Promise<void> {
    this.closed = true;
    for (const task of [...this.tasks.values()]) {
      const { id, client } = task;
      this.end(task);
      client.notify('spectrumEnded', { task: id, error: stopped });
    }
    await Promise.all([...this.working].map(({ gone }) => gone));
  }

  private of(client: SpectrumClient): Task[] {
    return [...this.tasks.values()].filter((task) => task.client === client);
  }

  private startNext(): void {
    for (const task of this.tasks.values()) {
      if (this.closed || this.working.size >= this.options.atOnce) return;
      if (!task.job) this.work(task);
    }
  }

  private work(task: Task): void {
    const { script, home } = this.options;
    let failed: ErrorData | undefined;
    const job = startJob({
      script,
      background: true,
      job: 'spectrum',
      params: { ...task.params, home },
      onItem: (item) => {
        if (failed) return;
        try {
          task.parcels.add(item);
        } catch (error) {
          failed = errorData(error);
          job.kill();
        }
      },
    });
    task.job = job;
    this.working.add(task);
    task.gone = job.result
      .then(
        (result) => ({ result }),
        (error: unknown) => ({ error: failed ?? errorData(error) }),
      )
      .then((how) => {
        this.working.delete(task);
        this.startNext();
        // Not waited for: a slow client holds up nobody else.
        void task.parcels.end(how).then(() => this.forget(task));
      });
  }

  private end(task: Task): void {
    task.parcels.close();
    this.forget(task);
    if (task.job) endJob(task.job);
  }

  private forget(task: Task): void {
    if (this.tasks.delete(task.id) && this.tasks.size === 0) this.options.onIdle();
  }
}

const stopped: ErrorData = {
  code: 'daemon-stopped',
  message: 'The daemon was stopped.',
  kind: 'runtime',
  hint: 'Start the spectrum again: what was computed is cached.',
};
