/** Runs one job in a process of its own: a job that dies takes nothing else with it, and tensors never enter this process. */
import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { type ErrorData, RankwiseError } from '../base/errors.ts';
import type { RunEvent } from '../protocol/events.ts';
import type { FromWorker, JobAsk, JobItem, JobName, Jobs, ToWorker } from '../protocol/jobs.ts';
import { childEnvironment } from './connect.ts';

export interface JobOptions<K extends JobName> {
  /** Absolute path of the built worker (`dist/worker.js`). */
  script: string;
  job: K;
  params: Jobs[K]['params'];
  onEvent?: (event: RunEvent) => void;
  onChunk?: (text: string) => void;
  onItem?: (item: JobItem<K>) => void;
  /** A file descriptor for what the worker prints; the last lines are kept for the error message when there is none. */
  log?: number;
  /** Gives way to whatever else wants the processor: for work that nobody waits for at this moment. */
  background?: boolean;
  execPath?: string;
  env?: NodeJS.ProcessEnv;
}

export interface RunningJob<K extends JobName> {
  pid: number;
  /**
   * Errors: the job's own; `worker-killed` (a signal from outside), `worker-crashed` (a signal of its own making, or an exit before
   * the result), `worker-failed-to-start`.
   */
  result: Promise<Jobs[K]['result']>;
  /** For jobs that are asked while they run. */
  ask(ask: JobAsk<K>): void;
  /** Stop at the next step boundary, with a checkpoint. */
  cancel(): void;
  kill(signal?: NodeJS.Signals): void;
}

/**
 * glibc gives every large block pages of its own and takes them back at once: a step that makes and frees the same activations each
 * time spends a tenth of its time on fresh pages. So the heap keeps what it has had; other systems do not look at these variables.
 */
const allocator = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '2147483647' };

/** Signals that a process raises by its own fault; any other came from outside. */
const crashSignals: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/** Starts a job. The worker ends by itself after its result, and when this process goes away. */
export function startJob<K extends JobName>(options: JobOptions<K>): RunningJob<K> {
  const { log } = options;
  const child = fork(options.script, [], {
    execPath: options.execPath ?? process.execPath,
    execArgv: [],
    // Structured clone: logits may hold NaN and infinities, which JSON turns into null.
    serialization: 'advanced',
    stdio: ['ignore', log ?? 'pipe', log ?? 'pipe', 'ipc'],
    env: { ...allocator, ...childEnvironment(options.env ?? process.env) },
  });
  const send = (message: ToWorker) => {
    if (child.connected) child.send(message, () => {}); // a worker that is gone is reported by 'exit'
  };
  if (options.background) giveWay(child.pid);
  const result = outcome(child, options);
  send({ type: 'job', job: options.job, params: options.params });
  return {
    pid: child.pid ?? -1,
    result,
    ask: (ask) => send({ type: 'ask', ask }),
    cancel: () => send({ type: 'cancel' }),
    kill: (signal = 'SIGKILL') => child.kill(signal),
  };
}

/** A third of the share of a process that wants as much; all that is left where none does. Threads that it starts inherit it. */
const NICENESS = 5;

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {} // gone already, or not allowed here: the job runs all the same
}

/** Asks a job to end by itself, and kills it where it has not in time. What `result` comes to is for whoever waits for it. */
export function endJob<K extends JobName>({ cancel, kill, result }: RunningJob<K>): void {
  cancel();
  const timer = setTimeout(() => kill(), PATIENCE);
  void result.catch(() => {}).finally(() => clearTimeout(timer));
}

/** Milliseconds. */
const PATIENCE = 500;

/** Starts a job and waits for its result; `signal` ends the worker at once. */
export async function runJob<K extends JobName>(
  options: JobOptions<K> & { signal?: AbortSignal },
): Promise<Jobs[K]['result']> {
  const { signal } = options;
  if (signal?.aborted) throw aborted();
  const job = startJob(options);
  const onAbort = () => job.kill();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await job.result;
  } catch (error) {
    throw signal?.aborted ? aborted() : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function outcome<K extends JobName>(child: ChildProcess, options: JobOptions<K>): Promise<Jobs[K]['result']> {
  let answer: { result: Jobs[K]['result'] } | { error: ErrorData } | undefined;
  const printed = tail(child);
  child.on('message', (message: FromWorker) => {
    if (message.type === 'event') options.onEvent?.(message.event);
    else if (message.type === 'chunk') options.onChunk?.(message.text);
    else if (message.type === 'item') options.onItem?.(message.item as JobItem<K>);
    else if (message.type === 'result') answer = { result: message.result as Jobs[K]['result'] };
    else if (message.type === 'error') answer = { error: message.error };
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      if (child.pid === undefined)
        reject(new RankwiseError('worker-failed-to-start', error.message, { kind: 'runtime', cause: error }));
    });
    // 'close' comes after 'exit' and after the last message and the last output have been read.
    child.on('close', (code, signal) => {
      if (answer && 'result' in answer) resolve(answer.result);
      else if (answer) reject(RankwiseError.from(answer.error));
      else reject(death(options.job, code, signal, printed()));
    });
  });
}

function death(job: string, code: number | null, signal: string | null, printed: string): RankwiseError {
  const more = { kind: 'runtime' as const, hint: printed ? `Its last words: ${printed}` : 'The log may tell more.' };
  if (signal && !crashSignals.has(signal))
    return new RankwiseError('worker-killed', `The ${job} process was ended by ${signal}.`, {
      ...more,
      ...(signal === 'SIGKILL' && { hint: 'If nobody did that, the system was perhaps out of memory.' }),
    });
  if (signal === 'SIGBUS') more.hint = `${cutOff} ${more.hint}`;
  const how = signal ? `crashed (${signal})` : `ended without a result (exit code ${code})`;
  return new RankwiseError('worker-crashed', `The ${job} process ${how}.`, more);
}

/** What SIGBUS means to a process that maps files. */
const cutOff =
  'Perhaps a weight file of the model was cut off or written over while it was in use: put it back as it was and resume.';

/** The last output of a child without a log file, at most 2 KiB. */
function tail(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-2048);
    });
  return () => text.trim();
}

const aborted = () => new RankwiseError('aborted', 'The job was stopped.', { kind: 'runtime' });
