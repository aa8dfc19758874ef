import type { BackendName } from '../protocol/backends.ts';

/** Jobs in the order in which they came, a set number at a time. */
export interface QueuedJob {
  run: string;
  resume: boolean;
  allowDifferentBackend: boolean;
  /** What a resume asked for. */
  backend?: BackendName;
}

export class JobQueue {
  /** Runs one job to its end; must not reject. */
  private readonly work: (job: QueuedJob) => Promise<void>;
  /** What a job's end leads to, its place being free again; it may add jobs, also of the same run. Must not reject. */
  private readonly after: (job: QueuedJob) => Promise<void>;
  private readonly concurrency: number;
  private readonly waiting: QueuedJob[] = [];
  /** Each with its end. */
  private readonly running = new Map<string, Promise<void>>();
  private readonly onIdle: () => void;
  private closed = false;
  /** Ends that are being followed up. */
  private ending = 0;

  constructor(options: {
    concurrency: number;
    work: (job: QueuedJob) => Promise<void>;
    after?: (job: QueuedJob) => Promise<void>;
    onIdle: () => void;
  }) {
    this.work = options.work;
    this.concurrency = options.concurrency;
    this.after = options.after ?? (async () => {});
    this.onIdle = options.onIdle;
  }

  /** Queued and running jobs, and ends that may lead to more. */
  get size(): number {
    return this.waiting.length + this.running.size + this.ending;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  has(run: string): boolean {
    return this.running.has(run) || this.waiting.some((job) => job.run === run);
  }

  /** Resolves when no job of the run goes on. */
  async ended(run: string): Promise<void> {
    await this.running.get(run);
  }

  add(job: QueuedJob): void {
    this.waiting.push(job);
    this.startNext();
  }

  /** Takes a waiting job out; false when it is not waiting (any more). */
  remove(run: string): boolean {
    const at = this.waiting.findIndex((job) => job.run === run);
    if (at < 0) return false;
    this.waiting.splice(at, 1);
    return true;
  }

  /** Starts nothing more; what waits stays `queued` in its run.json and is found by the next daemon. */
  close(): void {
    this.closed = true;
  }

  private startNext(): void {
    while (!this.closed && this.running.size < this.concurrency && this.waiting.length > 0) {
      const job = this.waiting.shift()!;
      const done = this.work(job).finally(() => {
        this.running.delete(job.run);
        this.ending++;
        this.startNext();
        void this.after(job).finally(() => {
          this.ending--;
          if (this.size === 0) this.onIdle();
        });
      });
      this.running.set(job.run, done);
    }
  }
}
