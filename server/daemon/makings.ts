/**
 * Tasks on saved adapters that clients asked for (merge, export, compose), each in a worker process of its own. A result is a folder: it is finished also
 * when the client has gone meanwhile, and only the client that began a task stops it.
 */
import { rmSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';
import type { AdapterResult, AdapterTask, Planned } from '../protocol/adapters.ts';
import type { InspectParams, InspectResult } from '../protocol/inspect.ts';
import type { PreviewParams, PreviewResult } from '../protocol/preview.ts';
import { endJob, type RunningJob, startJob } from '../wire/worker.ts';

interface Making {
  client: object;
  job: RunningJob<AdapterTask['kind']>;
  stopped: boolean;
}

/** Of all clients together: each takes the memory of a model. */
const atOnce = 4;

export class Makings {
  private readonly script: string;
  private readonly onIdle: () => void;
  private readonly underWay = new Map<string, Making>();
  private closed = false;

  constructor(script: string, onIdle: () => void) {
    this.script = script;
    this.onIdle = onIdle;
  }

  get size(): number {
    return this.underWay.size;
  }

  async plan(tasks: AdapterTask[]): Promise<{ plans: Planned[] }> {
    return startJob({ script: this.script, job: 'plan', params: { tasks } }).result;
  }

  /** Errors: the job's own. */
  async preview(params: PreviewParams): Promise<PreviewResult> {
    return startJob({ script: this.script, job: 'preview', params }).result;
  }

  /** Errors: the job's own. */
  async inspect(params: InspectParams): Promise<InspectResult> {
    return startJob({ script: this.script, job: 'inspect', params }).result;
  }

  /** Errors: the job's own, `aborted`, `too-many-tasks`, `daemon-stopped`. */
  async make(client: object, id: string, { kind, ...params }: AdapterTask, output: string): Promise<AdapterResult> {
    if (this.closed) throw stopped();
    if (this.underWay.has(id) || this.underWay.size >= atOnce)
      throw new RankwiseError('too-many-tasks', `${this.underWay.size} tasks on adapters are under way already.`, {
        kind: 'runtime',
        hint: 'Wait for one of them, or cancel it.',
      });
    const job = startJob({ script: this.script, job: kind, params: { ...params, output } as never });
    const making: Making = { client, job, stopped: false };
    this.underWay.set(id, making);
    try {
      return await job.result;
    } catch (error) {
      if (!making.stopped) throw error;
      // What a killed worker had written so far, under its temporary name.
      rmSync(`${output}.${job.pid}.tmp`, { recursive: true, force: true });
      throw this.closed ? stopped() : new RankwiseError('aborted', 'It was cancelled.', { kind: 'runtime' });
    } finally {
      this.underWay.delete(id);
      if (this.underWay.size === 0) this.onIdle();
    }
  }

  /** One that has ended, or is another client's, is left alone. */
  stop(client: object, id: string): void {
    const making = this.underWay.get(id);
    if (making?.client === client) this.end(making);
  }

  /** Ends all. Resolves when no worker is left. */
  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.underWay.values()];
    for (const making of all) this.end(making);
    await Promise.all(all.map(({ job }) => job.result.catch(() => {}))); // told to their clients
  }

  private end(making: Making): void {
    making.stopped = true;
    endJob(making.job);
  }
}

const stopped = () =>
  new RankwiseError('daemon-stopped', 'The daemon was stopped.', {
    kind: 'runtime',
    hint: 'Ask again: nothing was left half done.',
  });
