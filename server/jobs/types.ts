/** What a job sees of the worker process that runs it. One file per job, each exporting `run`; `main.ts` holds the registry. */
import type { RunEvent } from '../protocol/events.ts';
import type { JobAsk, JobItem, JobName, Jobs } from '../protocol/jobs.ts';

export interface JobContext<Name extends JobName = JobName> {
  /** To whoever started the worker. A training job has written the event to metrics.jsonl before it calls this. */
  emit(event: RunEvent): void;
  /** What the job is about at this moment, in words (choose, train). */
  chunk(text: string): void;
  /** A part of an answer as it comes. */
  item(item: JobItem<Name>): void;
  /** What the job is asked while it runs (playground), until it is cancelled. */
  asks: AsyncIterable<JobAsk<Name>>;
  /** Runs another job in a process of its own; it ends when this one does, or when `signal` aborts. */
  work<K extends JobName>(job: K, params: Jobs[K]['params']): Promise<Jobs[K]['result']>;
  /** Aborted by `cancel`: stop at the next step boundary. */
  signal: AbortSignal;
}

/** Expected faults are thrown as RankwiseError; anything else is a defect and reported as `internal`. */
export type Job<Name extends JobName> = (
  params: Jobs[Name]['params'],
  context: JobContext<Name>,
) => Promise<Jobs[Name]['result']>;
