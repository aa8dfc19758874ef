/** Removing runs so that they can be put back. Whenever this is cut off, a run directory is in the list or in the trash (docs/RUNS.md). */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { RunRecord, TrashedRun } from '../protocol/runs.ts';
import { bytesOf } from './disk-use.ts';
import type { Log } from './log.ts';
import { isActive } from './record.ts';
import type { RunStore } from './store.ts';
import {
  destroy,
  freeName,
  isFolder,
  moveIn,
  moveOut,
  openTrash,
  pointTo,
  tidy,
  trashedAt,
  trashedIn,
  trashOf,
} from './trash-folder.ts';
import { Turns } from './turns.ts';
import { homeUnwritable, writeFault } from './write-faults.ts';

export interface TrashOptions {
  home: string;
  store: RunStore;
  log: Log;
  /** Whether a job of the run waits or goes on. */
  isBusy: (run: string) => boolean;
  /** Takes a directory that came back into the list. */
  adopt: (run: string) => Promise<RunRecord>;
}

export class Trash {
  private readonly options: TrashOptions;
  /** `$RANKWISE_HOME/trash.jsonl`: trash folders, one a line; so a trash is found when the list has no run of its output folder any more. */
  private readonly file: string;
  private readonly written: Set<string>;
  private readonly turns = new Turns();

  constructor(options: TrashOptions) {
    this.options = options;
    this.file = path.join(options.home, 'trash.jsonl');
    this.written = new Set(readFolders(this.file));
  }

  /** The newest first. */
  list(): TrashedRun[] {
    const time = ({ removedAt }: TrashedRun) => Date.parse(removedAt);
    return this.known()
      .flatMap(trashedIn)
      .sort((a, b) => time(b) - time(a) || (a.place < b.place ? 1 : -1));
  }

  /**
   * All of them, or none where one cannot be (`unknown-run`, `run-active`, `run-needed`); a fault of the disk ends it between two. Those whose directories are gone only
   * leave the list. Errors: also those of `writeFault`, `trash-unusable`, `home-unwritable`.
   */
  remove(runs: readonly string[]): Promise<TrashedRun[]> {
    return this.turns.take(async () => {
      const { store } = this.options;
      const records = this.removable(runs);
      const withdrawn = Promise.all(records.map((record) => store.withdraw(record)));
      const removed: TrashedRun[] = [];
      const left: string[] = [];
      try {
        await withdrawn;
        for (const record of records) {
          if (isFolder(record.run)) removed.push(await this.moveIn(record));
          left.push(record.run);
        }
      } catch (error) {
        for (const record of records) if (!left.includes(record.run)) store.relist(record);
        throw someOnly(error, left.length, records.length);
      } finally {
        await store.unlist(left);
      }
      return removed;
    });
  }

  /** Where they were, or beside that under another name. Errors: `not-in-trash`, `run-needed`, those of `writeFault`, `home-unwritable`. */
  restore(places: readonly string[]): Promise<RunRecord[]> {
    return this.turns.take(async () => {
      const found = this.demand(places);
      // Those whose results others take come back first.
      found.sort((a, b) => Number(a.record.from !== undefined) - Number(b.record.from !== undefined));
      const records = new Map<string, RunRecord>();
      for (const trashed of found) records.set(trashed.place, await this.takeBack(trashed));
      for (const trash of new Set(found.map(({ place }) => path.dirname(place)))) await tidy(trash);
      return places.map((place) => records.get(place)!);
    });
  }

  /** For good: these, or all. Errors: `not-in-trash`, those of `writeFault`. */
  empty(places?: readonly string[]): Promise<{ deleted: number; bytes: number }> {
    return this.turns.take(async () => {
      const doomed = places === undefined ? this.list() : this.demand(places);
      let [deleted, bytes] = [0, 0];
      try {
        for (const { place } of doomed) {
          const size = await bytesOf(place);
          await destroy(place).catch((error) => {
            throw writeFault(error, place);
          });
          bytes += size;
          deleted++;
        }
      } catch (error) {
        throw someOnly(error, deleted, doomed.length);
      }
      for (const trash of this.known())
        await tidy(trash).catch((error) => this.options.log('warning', `${trash} cannot be tidied`, error));
      return { deleted, bytes };
    });
  }

  /** The records of runs that may be removed together. */
  private removable(runs: readonly string[]): RunRecord[] {
    const { store, isBusy } = this.options;
    const records = runs.map((run) => {
      const record = store.get(run);
      if (!record)
        throw new RankwiseError('unknown-run', `There is no run ${run}.`, {
          file: run,
          hint: '`rankwise runs` lists the runs.',
        });
      if (isActive(record) || isBusy(run))
        throw new RankwiseError('run-active', `The run ${record.id} is ${record.state}: it cannot be removed.`, {
          file: run,
          hint: `Cancel it first: \`rankwise cancel ${record.id}\`.`,
        });
      return record;
    });
    const going = new Set(runs);
    const user = store.find(({ run, from }) => from !== undefined && going.has(from) && !going.has(run));
    if (user)
      throw new RankwiseError(
        'run-needed',
        `The run ${path.basename(user.from!)} has the results of ${user.id}, a point that computed the same: it cannot be removed alone.`,
        { file: user.from!, hint: `Remove ${user.id} too, or keep both.` },
      );
    return records;
  }

  private async moveIn(record: RunRecord): Promise<TrashedRun> {
    const { run } = record;
    try {
      this.remember(trashOf(path.dirname(run)));
      return await moveIn(record, await openTrash(path.dirname(run)), new Date());
    } catch (error) {
      throw writeFault(error, run);
    }
  }

  private async takeBack({ place, ...read }: TrashedRun): Promise<RunRecord> {
    const { store, adopt } = this.options;
    // One that came back before it may have changed where its results lie.
    const record = trashedAt(place)?.record ?? read.record;
    const { from } = record;
    if (from !== undefined) {
      const source = this.list().find(({ record: other }) => other.run === from && isTwin(other, record));
      // Another directory that has taken the name has not its results.
      const there = existsSync(from) && !(source && !isTwin(store.get(from), record));
      if (source && !there)
        throw new RankwiseError(
          'run-needed',
          `The results of ${record.id} lie in ${source.record.id}, which is in the trash.`,
          {
            file: source.place,
            hint: `Put ${source.record.id} back too.`,
          },
        );
    }
    const run = freeName(record.run);
    await store.expect({ ...record, run });
    try {
      // First those whose results lie in it: should this be cut off, it comes back under that name all the same.
      if (run !== record.run)
        for (const user of this.list())
          if (user.record.from === record.run && isTwin(user.record, record)) await pointTo(user, record.run, run);
      await moveOut(place, run);
    } catch (error) {
      throw writeFault(error, place);
    } finally {
      store.arrived(run);
    }
    return adopt(run);
  }

  private demand(places: readonly string[]): TrashedRun[] {
    const known = new Map(this.list().map((trashed) => [trashed.place, trashed]));
    return places.map((place) => {
      const trashed = known.get(place);
      if (trashed) return trashed;
      throw new RankwiseError('not-in-trash', `${place} is not in the trash.`, {
        file: place,
        hint: '`rankwise trash` lists what is.',
      });
    });
  }

  private known(): string[] {
    const outputs = new Set(Array.from(this.options.store.all(), ({ run }) => path.dirname(run)));
    return [...new Set([...this.written, ...[...outputs].map(trashOf)])];
  }

  /** Durably, before anything is moved there. */
  private remember(trash: string): void {
    if (this.written.has(trash)) return;
    try {
      appendLine(this.file, JSON.stringify(trash));
    } catch (error) {
      throw homeUnwritable(error);
    }
    this.written.add(trash);
  }
}

/** Whether they computed the same: names are given again, fingerprints are not. */
const isTwin = (one: RunRecord | undefined, other: RunRecord): boolean => one?.fingerprint === other.fingerprint;

/** An error that came in the middle says how far it went. */
function someOnly(error: unknown, done: number, all: number): unknown {
  if (!(error instanceof RankwiseError) || done === 0) return error;
  const { code, message, ...more } = error.toJSON();
  return new RankwiseError(code, `${message} ${done} of ${all} were done before.`, { ...more, cause: error });
}

function readFolders(file: string): string[] {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      const folder: unknown = JSON.parse(line);
      return typeof folder === 'string' && path.isAbsolute(folder) ? [folder] : [];
    } catch {
      return []; // the end, or torn by a crash: it is written again before something is moved there
    }
  });
}

/** On a line of its own, whatever a crash has left before it. */
function appendLine(file: string, line: string): void {
  const fd = openSync(file, 'a', 0o600);
  try {
    appendFileSync(fd, `\n${line}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
