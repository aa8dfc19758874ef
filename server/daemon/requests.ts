/** What the daemon answers to each request of protocol/daemon.ts. Parameters come from outside and are checked here. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { AdapterTask } from '../protocol/adapters.ts';
import { type BackendName, backendNames } from '../protocol/backends.ts';
import type { DaemonRequests, DaemonStatus, RunCursor, SubmitParams, SubmitSweepParams } from '../protocol/daemon.ts';
import type { InspectParams } from '../protocol/inspect.ts';
import { type NoticeSubject, noticeSubjects, type RunNotice } from '../protocol/notices.ts';
import type { PreviewParams } from '../protocol/preview.ts';
import type { RunRecord } from '../protocol/runs.ts';
import type { SpectrumOf, SpectrumParams } from '../protocol/spectrum.ts';
import { homeFolder } from '../wire/places.ts';
import { isAlive } from '../wire/processes.ts';
import { cancelWaiting, demandRoom, goOn, takenOut } from './again.ts';
import { createRunDirectory } from './directories.ts';
import type { Halving } from './halving.ts';
import type { Library } from './library.ts';
import type { Log } from './log.ts';
import type { Makings } from './makings.ts';
import type { Notices } from './notices.ts';
import { absolutePath, badRequest, objectOf, textOf } from './params.ts';
import type { SpectrumClient } from './parcels.ts';
import { playgroundAsk, playgroundId, playgroundParams } from './playground-params.ts';
import type { PlaygroundClient, Playgrounds } from './playgrounds.ts';
import type { JobQueue } from './queue.ts';
import { ended, isActive, resumable } from './record.ts';
import { recover } from './recovery.ts';
import type { Settings } from './settings.ts';
import type { Spectra } from './spectra.ts';
import type { RunStore } from './store.ts';
import type { Supervisor } from './supervisor.ts';
import { cancelSweep, resumeSweep, submitSweep } from './sweeps.ts';
import type { TimeBudgets } from './time-budgets.ts';
import type { Watcher, Watches } from './watches.ts';

export interface Daemon {
  store: RunStore;
  queue: JobQueue;
  supervisor: Supervisor;
  halving: Halving;
  budgets: TimeBudgets;
  watches: Watches;
  notices: Notices;
  spectra: Spectra;
  makings: Makings;
  playgrounds: Playgrounds;
  library: Library;
  settings: Settings;
  log: Log;
  status(): DaemonStatus;
  /** Ends the daemon soon after the answer to this request. */
  stop(): void;
  /** Resolves when the runs are known: until then only `status` is answered. */
  ready: Promise<void>;
}

type Handlers = {
  [K in Exclude<keyof DaemonRequests, 'hello'>]: (
    daemon: Daemon,
    params: Record<string, unknown>,
    client: Watcher & SpectrumClient & PlaygroundClient,
  ) => Promise<DaemonRequests[K]['result']>;
};

export const handlers: Handlers = {
  status: async (daemon) => daemon.status(),

  runs: async ({ store }, params) =>
    params.limit === undefined ? { runs: store.list() } : store.page(pageLimit(params), runCursor(params)),

  async submit(daemon, params) {
    const { store, queue } = daemon;
    demandRoom(daemon);
    const record = await createRunDirectory(submitParams(params));
    await store.add(record);
    queue.add({ run: record.run, resume: false, allowDifferentBackend: false });
    return store.get(record.run)!;
  },

  submitSweep: (daemon, params) => submitSweep(daemon, sweepParams(params)),

  cancelSweep: (daemon, params) => cancelSweep(daemon, plainText(params, 'sweep')),

  resumeSweep: (daemon, params) =>
    resumeSweep(daemon, plainText(params, 'sweep'), params.failed === true, {
      allowDifferentBackend: params.allowDifferentBackend === true,
      backend: backendParam(params),
    }),

  async cancel(daemon, params) {
    const { store, supervisor } = daemon;
    const run = runPath(params);
    const record = store.demand(run);
    if (takenOut(daemon, record)) {
      await cancelWaiting(daemon, [record]);
      await daemon.halving.after(run);
    } else if (!supervisor.cancel(run))
      throw new RankwiseError('run-not-active', `The run ${record.id} is ${record.state}: there is nothing to cancel.`);
    return store.get(run)!;
  },

  async resume(daemon, params) {
    const { queue, store } = daemon;
    const run = runPath(params);
    const backend = backendParam(params);
    demandRoom(daemon);
    // One that has just ended is known to have before its place is free again.
    if (!isActive(await adopted(daemon, run))) await queue.ended(run);
    // As it is by now: another resume may have been quicker.
    const record = store.demand(run);
    if (record.state === 'finished') throw nothingToResume(record);
    if (isActive(record) || queue.has(run))
      throw new RankwiseError('run-active', `The run ${record.id} is ${record.state} already.`, {
        hint: 'Watch it in the editor or with `rankwise runs`.',
      });
    await goOn(daemon, [run], { allowDifferentBackend: params.allowDifferentBackend === true, backend });
    return store.get(run)!;
  },

  adopt: (daemon, params) => adopted(daemon, runPath(params)),

  label: ({ library }, params) => library.label(params),

  async remove({ library, halving }, params) {
    const result = await library.remove(params);
    await halving.without(result.removed.map(({ record }) => record));
    return result;
  },

  trash: ({ library }) => library.listTrash(),

  restore: ({ library }, params) => library.restore(params),

  emptyTrash: ({ library }, params) => library.emptyTrash(params),

  diskUse: ({ library }, params) => library.measure(params),

  claimNotices: async ({ notices }, params) => ({ granted: await notices.claim(noticeList(params)) }),

  async watch({ store, watches }, params, client) {
    const run = runPath(params);
    const { from } = params;
    if (!Number.isSafeInteger(from) || (from as number) < 0) throw badRequest('from', 'a line number from 0 on');
    store.demand(run);
    const part = await watches.start(run, from as number, client);
    return { record: store.get(run)!, ...part };
  },

  async unwatch({ watches }, params, client) {
    watches.stop(runPath(params), client);
    return null;
  },

  async spectrum({ spectra }, params, client) {
    return { task: spectra.start(client, spectrumParams(params)) };
  },

  async stopSpectrum({ spectra }, { task }, client) {
    if (typeof task !== 'string') throw badRequest('task', 'what `spectrum` answered');
    spectra.stop(client, task);
    return null;
  },

  async openPlayground({ playgrounds }, params, client) {
    return { playground: playgrounds.start(client, playgroundParams(params)) };
  },

  async askPlayground({ playgrounds }, params, client) {
    playgrounds.ask(client, playgroundId(params), playgroundAsk(params));
    return null;
  },

  async closePlayground({ playgrounds }, params, client) {
    playgrounds.close(client, playgroundId(params));
    return null;
  },

  plan: ({ makings }, { tasks }) => makings.plan(taskList(tasks)),

  preview: ({ makings }, params) => makings.preview(previewParams(params)),

  inspect: ({ makings }, params) => makings.inspect(inspectParams(params)),

  make({ makings }, params, client) {
    const [task] = taskList([params.task]);
    return makings.make(client, idParam(params), task!, absolutePath(params, 'output'));
  },

  async stopMaking({ makings }, params, client) {
    makings.stop(client, idParam(params));
    return null;
  },

  /** Spectra are not counted: whoever looks at one is told, and asks again. */
  async shutdown({ queue, stop }, params) {
    const { size: jobs, waitingCount: queued } = queue;
    const stopping = jobs === 0 || params.force === true;
    if (stopping) stop();
    return { stopping, jobs, queued };
  },
};

function nothingToResume({ id, imported }: RunRecord): RankwiseError {
  if (imported)
    return new RankwiseError(
      'run-imported',
      `The run ${id} was imported from ${imported.from}: it cannot be resumed here.`,
      {
        hint: 'Resume it where it was trained, or go on from its adapter with `adapters: [{ path: … }]`.',
      },
    );
  return new RankwiseError('run-finished', `The run ${id} is finished: there is nothing to resume.`, {
    hint: 'Run its recipe again, or go on from its adapter with `adapters: [{ path: … }]`.',
  });
}

/** A run directory that this daemon does not know yet is added; one that another daemon is working on is left alone. */
export async function adopted({ store, log }: Pick<Daemon, 'store' | 'log'>, run: string): Promise<RunRecord> {
  const known = store.get(run);
  if (known && known.state !== 'missing') return store.demand(run);
  const record = await store.adopt(run);
  if (!isActive(record)) return record;
  if (record.worker && isAlive(record.worker))
    throw new RankwiseError('run-active', `Process ${record.worker.pid} is still working on ${run}.`, {
      hint: 'Another daemon (RANKWISE_HOME) runs it; cancel it there first.',
      file: run,
    });
  const found =
    record.state === 'queued'
      ? ended(record, 'interrupted', resumable('This run was moved here before it began.'))
      : await recover(record, log);
  await store.save(found);
  return found;
}

function pageLimit({ limit }: Record<string, unknown>): number {
  if (Number.isSafeInteger(limit) && (limit as number) > 0) return limit as number;
  throw badRequest('limit', 'a whole number from 1 on');
}

function runCursor({ after }: Record<string, unknown>): RunCursor | undefined {
  if (after === undefined) return undefined;
  const place = objectOf(after, 'after', 'what `more` was');
  return { createdAt: textOf(place, 'createdAt'), run: textOf(place, 'run') };
}

function noticeList({ notices }: Record<string, unknown>): RunNotice[] {
  const isNotice = (each: unknown): each is RunNotice => {
    const { run, about } = (each ?? {}) as Partial<Record<keyof RunNotice, unknown>>;
    return typeof run === 'string' && noticeSubjects.includes(about as NoticeSubject);
  };
  if (Array.isArray(notices) && notices.every(isNotice)) return notices;
  throw badRequest('notices', `a list of runs, each with what it is about: ${noticeSubjects.join(', ')}`);
}

function submitParams(params: Record<string, unknown>): SubmitParams {
  return {
    recipeText: plainText(params, 'recipeText'),
    recipePath: absolutePath(params, 'recipePath'),
    name: plainText(params, 'name'),
    output: absolutePath(params, 'output'),
    method: plainText(params, 'method'),
    model: plainText(params, 'model'),
    ...(params.fingerprint !== undefined && { fingerprint: plainText(params, 'fingerprint') }),
  };
}

function sweepParams(params: Record<string, unknown>): SubmitSweepParams {
  const { points, metric, again, halving, budget } = params;
  if (!Array.isArray(points) || points.length === 0 || points.length > 1000)
    throw badRequest('points', 'a list of 1 to 1,000 points');
  return {
    name: plainText(params, 'name'),
    points: points.map((point: unknown) => {
      const part = (value: unknown) => objectOf(value, 'points', 'a list of points, each with `submit` and `values`');
      const { submit, values } = part(point);
      return { submit: submitParams(part(submit)), values: part(values) };
    }),
    ...(metric !== undefined && { metric: plainText(params, 'metric') }),
    ...(again === true && { again }),
    ...(halving !== undefined && { halving: wholeNumber('halving', halving, 2) }),
    ...(budget !== undefined && { budget: wholeNumber('budget', budget, 1) }),
  };
}

function wholeNumber(key: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw badRequest(key, `a whole number from ${least} on`);
}

/** For what becomes part of a file or of a name. */
function plainText(params: Record<string, unknown>, key: string): string {
  const value = textOf(params, key);
  if (value.includes('\0')) throw badRequest(key, 'a text');
  return value;
}

function previewParams(params: Record<string, unknown>): PreviewParams {
  const { split, rows, ids, columns } = params;
  const recipeText = textOf(params, 'recipeText');
  if (split !== 'train' && split !== 'validation') throw badRequest('split', '`train` or `validation`');
  const number = (key: string, value: unknown, most: number): number => {
    if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= most) return value as number;
    throw badRequest(key, `a whole number from 1 to ${most}`);
  };
  return {
    recipeText,
    split,
    rows: number('rows', rows, 1000),
    ...(ids === true && { ids }),
    ...(columns !== undefined && { columns: number('columns', columns, 10_000) }),
    cwd: absolutePath(params, 'cwd'),
  };
}

function inspectParams(params: Record<string, unknown>): InspectParams {
  const { other, roots = [], columns, checkBase } = params;
  const isPath = (one: unknown): one is string => typeof one === 'string' && path.isAbsolute(one);
  if (!Array.isArray(roots) || !roots.every(isPath)) throw badRequest('roots', 'a list of absolute paths');
  if (columns !== undefined && !(Number.isInteger(columns) && (columns as number) > 0))
    throw badRequest('columns', 'a whole number from 1 on');
  return {
    adapter: absolutePath(params, 'adapter'),
    ...(other !== undefined && { other: absolutePath(params, 'other') }),
    roots,
    ...(columns !== undefined && { columns: columns as number }),
    ...(checkBase === true && { checkBase }),
    home: homeFolder(),
  };
}

function backendParam({ backend }: Record<string, unknown>): BackendName | undefined {
  const known = backendNames.find((name) => name === backend);
  if (backend === undefined || known) return known;
  throw badRequest('backend', `one of ${backendNames.join(', ')}`);
}

const spectrumOf: readonly SpectrumOf[] = ['base', 'merged', 'update'];

function spectrumParams(params: Record<string, unknown>): Omit<SpectrumParams, 'home'> {
  const { of } = params;
  if (of !== undefined && !(Array.isArray(of) && of.length > 0 && of.every((each) => spectrumOf.includes(each))))
    throw badRequest('of', `a list of ${spectrumOf.join(', ')}`);
  const text = (key: 'modules' | 'kernel') => (params[key] === undefined ? undefined : textOf(params, key));
  const { changes } = params;
  if (changes !== undefined && typeof changes !== 'boolean') throw badRequest('changes', 'true or false');
  const [modules, kernel] = [text('modules'), text('kernel')];
  return {
    model: absolutePath(params, 'model'),
    ...(params.adapter !== undefined && { adapter: absolutePath(params, 'adapter') }),
    ...(of !== undefined && { of: [...new Set(of)] }),
    ...(changes !== undefined && { changes }),
    ...(modules !== undefined && { modules }),
    ...(kernel !== undefined && { kernel }),
  };
}

function idParam({ id }: Record<string, unknown>): string {
  if (typeof id === 'string' && id !== '') return id;
  throw badRequest('id', 'a text of your own');
}

/** At most as many as a picker shows; the job says what is wrong within one. */
function taskList(tasks: unknown): AdapterTask[] {
  const kinds = ['merge', 'export', 'compose'];
  const isTask = (task: unknown) =>
    kinds.includes((task as AdapterTask | null)?.kind ?? '') && hasFolders(task as AdapterTask);
  if (Array.isArray(tasks) && tasks.length <= 20 && tasks.every(isTask)) return tasks;
  throw badRequest('tasks', `a list of at most 20 tasks, each ${kinds.join(', ')} of absolute paths`);
}

/** A client's working directory is not ours. */
function hasFolders(task: AdapterTask): boolean {
  const named: unknown = task.kind === 'compose' ? task.sources : [task];
  if (!Array.isArray(named) || named.length === 0) return false;
  return named.every((source) => typeof source?.adapter === 'string' && path.isAbsolute(source.adapter));
}

/** One name per directory: links are followed, where it exists. */
function runPath(params: Record<string, unknown>): string {
  const run = absolutePath(params, 'run');
  try {
    return realpathSync(run);
  } catch {
    return run;
  }
}
