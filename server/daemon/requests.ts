/** What the daemon answers to each request of protocol/daemon.ts. Parameters come from outside and are checked first (…-params.ts). */
import { RankwiseError } from '../base/errors.ts';
import type { DaemonRequests, DaemonStatus } from '../protocol/daemon.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { isAlive } from '../wire/processes.ts';
import { cancelWaiting, demandRoom, goOn, takenOut } from './again.ts';
import { createRunDirectory } from './directories.ts';
import type { Halving } from './halving.ts';
import type { Library } from './library.ts';
import type { Log } from './log.ts';
import { idParam, inspectParams, previewParams, spectrumParams, taskList } from './making-params.ts';
import type { Makings } from './makings.ts';
import type { Notices } from './notices.ts';
import { absolutePath, badRequest } from './params.ts';
import type { SpectrumClient } from './parcels.ts';
import { playgroundAsk, playgroundId, playgroundParams } from './playground-params.ts';
import type { PlaygroundClient, Playgrounds } from './playgrounds.ts';
import type { JobQueue } from './queue.ts';
import { ended, isActive, resumable } from './record.ts';
import { recover } from './recovery.ts';
import {
  backendParam,
  noticeList,
  pageLimit,
  plainText,
  runCursor,
  runPath,
  submitParams,
  sweepParams,
} from './run-params.ts';
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
