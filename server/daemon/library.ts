/** Keeping order among runs: what requests on labels, the trash and disk use answer. */
import { type ErrorData, errorData } from '../base/errors.ts';
import { inLanes } from '../base/lanes.ts';
import type { DaemonRequests } from '../protocol/daemon.ts';
import { DiskUse } from './disk-use.ts';
import { labelChange } from './labels.ts';
import { absolutePaths } from './params.ts';
import { isActive } from './record.ts';
import type { RunStore } from './store.ts';
import { Trash, type TrashOptions } from './trash.ts';

type Answer<K extends keyof DaemonRequests> = Promise<DaemonRequests[K]['result']>;
type Params = Record<string, unknown>;

/** Runs that are labelled at once: each waits for the disk a few times. */
const labelledAtOnce = 8;

export class Library {
  private readonly store: RunStore;
  private readonly trash: Trash;
  private readonly diskUse = new DiskUse();

  constructor(options: TrashOptions) {
    this.store = options.store;
    this.trash = new Trash(options);
  }

  /** Each for itself: those that cannot be labelled are named, the others have their labels. */
  async label(params: Params): Answer<'label'> {
    const { store } = this;
    const runs = absolutePaths(params, 'runs');
    const change = labelChange(params.change);
    for (const run of runs) if (!store.get(run)) store.demand(run);
    const faults = new Map<string, ErrorData>();
    const label = async (run: string) => {
      await store.label(run, change).catch((error: unknown) => faults.set(run, errorData(error)));
    };
    await inLanes(runs, () => 0, { width: labelledAtOnce, room: 0 }, new AbortController().signal, label);
    const labelled = runs.flatMap((run) => (faults.has(run) ? [] : (store.get(run) ?? [])));
    await store.indexLabels(labelled);
    return {
      runs: labelled,
      ...(faults.size > 0 && {
        failed: runs.flatMap((run) => (faults.has(run) ? { run, error: faults.get(run)! } : [])),
      }),
    };
  }

  async remove(params: Params): Answer<'remove'> {
    const runs = absolutePaths(params, 'runs');
    const removed = await this.trash.remove(runs);
    this.diskUse.forget(runs);
    return { removed };
  }

  async listTrash(): Answer<'trash'> {
    return { trashed: this.trash.list() };
  }

  async restore(params: Params): Answer<'restore'> {
    return { runs: await this.trash.restore(absolutePaths(params, 'places')) };
  }

  async emptyTrash(params: Params): Answer<'emptyTrash'> {
    const places = params.places === undefined ? undefined : absolutePaths(params, 'places');
    const emptied = await this.trash.empty(places);
    if (places) this.diskUse.forget(places);
    return emptied;
  }

  /** Runs whose directories are gone are left out. */
  async measure(params: Params): Answer<'diskUse'> {
    const { store, diskUse } = this;
    const runs = params.runs === undefined ? Array.from(store.all(), ({ run }) => run) : absolutePaths(params, 'runs');
    const sizes = await Promise.all(
      runs.map(async (run) => {
        const record = store.get(run);
        const bytes = record && (await diskUse.of(run, isActive(record)));
        return bytes === undefined ? [] : [{ run, bytes }];
      }),
    );
    const trashed = await Promise.all(this.trash.list().map(({ place }) => diskUse.of(place)));
    return { runs: sizes.flat(), trash: trashed.reduce<number>((sum, bytes = 0) => sum + bytes, 0) };
  }
}
