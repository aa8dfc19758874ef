/** All runs that this daemon knows, each backed by its directory; the only writer of `run.json`. */
import { statSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';
import { recipeFile } from '../base/run-folder.ts';
import type { LabelChange, RunCursor } from '../protocol/daemon.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { IndexFile, type IndexLine } from './index-file.ts';
import { KeptRecords } from './kept-records.ts';
import { changedLabels, writeLabels } from './labels.ts';
import type { Log } from './log.ts';
import { rebuiltRecord } from './newer-records.ts';
import { readRecord, withLabels, writeRecord } from './record.ts';
import { isTrashed } from './trash-folder.ts';
import { Turns } from './turns.ts';
import { homeUnwritable, writeFault } from './write-faults.ts';

/** Progress is told at most four times a second. */
const progressInterval = 250;
/** Milliseconds of reading before others have their turn. */
const slice = 10;
/** The index is written anew when this many of its lines count no more. */
const oldLines = 1000;

export class RunStore {
  /** Called with every record that is new or changed. */
  onChange: (record: RunRecord) => void = () => {};
  /** Called with runs that have left the list. */
  onRemove: (runs: string[]) => void = () => {};
  private readonly home: string;
  private readonly index: IndexFile;
  private readonly log: Log;
  private readonly records = new Map<string, RunRecord>();
  /** What is written in a directory is written one after the other. */
  private readonly writes = new Turns();
  private readonly progress = new Map<string, NodeJS.Timeout>();
  /** Runs whose directories are on their way to the trash or back: not in the list, and still in the index. */
  private readonly moving = new Map<string, IndexLine>();
  /** Runs, the oldest first; undefined when some have come or gone. */
  private order: string[] | undefined;
  /** The index names runs that are in the trash, or lacks titles. */
  private stale = false;
  /** Lines of the index that later ones have taken the place of. */
  private old = 0;

  constructor(home: string, log: Log) {
    this.home = home;
    this.index = new IndexFile(home);
    this.log = log;
  }

  /** Where to look. Throws the system's error where the index cannot be read: nothing is known of any run then. */
  readIndex(): IndexLine[] {
    const { lines, broken, old } = this.index.read();
    if (broken > 0) this.log('warning', `${broken} broken lines of the run index were passed over`);
    this.old = old;
    return lines;
  }

  /**
   * Reads each directory's `run.json`. A run whose files are lost is rebuilt or shown as `missing`. Others have their turn meanwhile: of thousands of runs on a slow
   * disk it takes its time.
   */
  async load(lines = this.readIndex()): Promise<void> {
    const kept = new KeptRecords(this.home);
    let began = performance.now();
    for (const line of lines) {
      const record = loadRun(line, kept);
      // A crash came between the move to the trash and the index, or between a title and the index.
      const trashed = record.state === 'missing' && isTrashed(line.run);
      if (!trashed) this.hold(record);
      if (trashed || record.labels?.title !== line.labels?.title) this.stale = true;
      if (performance.now() - began < slice) continue;
      await new Promise((resolve) => setImmediate(resolve));
      began = performance.now();
    }
    void kept.close().catch((error) => this.log('warning', 'copies of records cannot be kept', error));
    if (this.stale || this.old > oldLines)
      await this.rewriteIndex().catch((error) => this.log('warning', 'the run index cannot be written', error));
  }

  /** The oldest first. */
  list(): RunRecord[] {
    return this.inOrder().map((run) => this.records.get(run)!);
  }

  /** The newest first: at most `limit` of those after `after`. `more` is there where some are left. */
  page(limit: number, after?: RunCursor): { runs: RunRecord[]; more?: RunCursor } {
    const order = this.inOrder();
    const runs: RunRecord[] = [];
    for (let i = order.length - 1; i >= 0; i--) {
      const record = this.records.get(order[i]!)!;
      // Not by its place: others come and go between two parts.
      if (after && byTime(record, after) >= 0) continue;
      const last = runs.at(-1);
      if (runs.length === limit && last) return { runs, more: { createdAt: last.createdAt, run: last.run } };
      runs.push(record);
    }
    return { runs };
  }

  /** Those of a sweep, the oldest first. */
  pointsOf(sweep: string): RunRecord[] {
    return this.list().filter((record) => record.sweep?.id === sweep);
  }

  private inOrder(): readonly string[] {
    this.order ??= [...this.records.values()].sort(byTime).map(({ run }) => run);
    return this.order;
  }

  /** In no order. */
  all(): Iterable<RunRecord> {
    return this.records.values();
  }

  /** The first that fits, the oldest before others. */
  find(fits: (record: RunRecord) => boolean): RunRecord | undefined {
    for (const record of this.records.values()) if (fits(record)) return record;
    return undefined;
  }

  get(run: string): RunRecord | undefined {
    return this.records.get(run);
  }

  /** Errors: `unknown-run`, `run-missing`. */
  demand(run: string): RunRecord {
    const record = this.records.get(run);
    if (!record)
      throw new RankwiseError('unknown-run', `There is no run ${run}.`, {
        file: run,
        hint: '`rankwise runs` lists the runs; a run directory from elsewhere is added by resuming it.',
      });
    if (record.state === 'missing' || !isFolder(run))
      throw new RankwiseError('run-missing', `The run directory ${run} is no longer there.`, {
        file: run,
        hint: 'If it was moved, name it by its new path.',
      });
    return record;
  }

  /** The records as their directories are now: those that were moved or deleted are `missing`. Of one that runs its worker finds out. */
  looked(records: readonly RunRecord[]): RunRecord[] {
    return records.map((record) => {
      if (record.state === 'missing' || record.state === 'running' || isFolder(record.run)) return record;
      const missing: RunRecord = { ...record, state: 'missing' };
      this.hold(missing);
      this.onChange(missing);
      return missing;
    });
  }

  /** Takes in directories that each hold a whole run, and makes them durable in the index: all or none. Errors: `home-unwritable`. */
  async add(...records: readonly RunRecord[]): Promise<void> {
    for (const record of records) this.hold(record);
    try {
      await this.index.add(...records);
    } catch (error) {
      for (const { run } of records) this.drop(run);
      throw homeUnwritable(error);
    }
    // As they are by now: those that are known may have been labelled.
    for (const record of records) this.onChange(this.records.get(record.run) ?? record);
  }

  /** Adds a run directory made elsewhere or moved here. Errors: `not-a-run`. */
  async adopt(run: string): Promise<RunRecord> {
    const known = this.records.get(run);
    if (known && known.state !== 'missing') return this.demand(run);
    if (this.moving.has(run))
      throw new RankwiseError('run-missing', `The run directory ${run} is just being moved.`, { file: run });
    const found = readRecord(run) ?? rebuiltRecord(run);
    if (!found)
      throw new RankwiseError('not-a-run', `${run} is not a run directory.`, {
        file: run,
        hint: 'A run directory holds `run.json` and `recipe.peft`.',
      });
    // What it came to there, or before it was removed, is no news.
    const { untold, ...record } = found;
    const left = [...this.records.values()].filter(
      (r) => !(r.state === 'missing' && (r.id === record.id || r.run === run)),
    );
    if (left.length < this.records.size) {
      const kept = new Set(left.map((r) => r.run));
      const gone = [...this.records.keys()].filter((each) => !kept.has(each));
      for (const each of gone) this.drop(each);
      await this.add(record);
      await this.rewriteIndex();
      const elsewhere = gone.filter((each) => each !== run);
      if (elsewhere.length > 0) this.onRemove(elsewhere);
    } else await this.add(record);
    if (untold) await this.save(record);
    return record;
  }

  /**
   * Says something of a run, durably: first in `run-labels.json`, then in `run.json`, which counts, then in the index, by which a title is found. Errors: `unknown-run`, `run-missing`,
   * `too-many-tags`, those of `writeFault`.
   */
  async label(run: string, change: LabelChange): Promise<RunRecord> {
    this.demand(run);
    const write = async () => {
      const known = this.demand(run);
      const labels = changedLabels(known.labels, change);
      if (JSON.stringify(labels) === JSON.stringify(known.labels)) return;
      try {
        await writeLabels(run, labels);
        await this.write(withLabels(this.records.get(run) ?? known, labels));
      } catch (error) {
        // The file beside it may have been written: should `run.json` be lost, it must not say what nobody was shown.
        await writeLabels(run, known.labels).catch(() => {});
        throw writeFault(error, run);
      }
      // Progress may have come in while it was written, or it was removed.
      const now = this.records.get(run);
      if (now) this.hold(withLabels(now, labels));
    };
    await this.writes.take(write, run);
    const record = this.demand(run);
    this.onChange(record);
    return record;
  }

  /** After labels: the index finds runs by title, and shows those whose directories are gone. Errors: `home-unwritable`. */
  async indexLabels(records: readonly RunRecord[]): Promise<void> {
    const known = records.filter(({ run }) => this.records.has(run));
    if (known.length === 0) return;
    this.old += known.length;
    const tooMany = this.old > Math.max(oldLines, this.records.size);
    await (tooMany ? this.rewriteIndex() : this.index.add(...known)).catch((error) => {
      throw homeUnwritable(error);
    });
  }

  /** Out of the list from now on, not yet out of the index; `unlist` or `relist` follows. Resolves when nothing writes to its directory any more. */
  async withdraw(record: RunRecord): Promise<void> {
    const { run } = record;
    this.drop(run);
    this.moving.set(run, record);
    clearTimeout(this.progress.get(run));
    this.progress.delete(run);
    await this.writes.ended(run);
  }

  /** Its directory could not be moved. */
  relist(record: RunRecord): void {
    this.moving.delete(record.run);
    this.hold(record);
  }

  /** Out of the index: their directories are in the trash, or gone. */
  async unlist(runs: readonly string[]): Promise<void> {
    for (const run of runs) this.moving.delete(run);
    if (runs.length === 0) return;
    this.onRemove([...runs]);
    // They are in the trash: should this fail, the next daemon finds them there.
    await this.rewriteIndex().catch((error) => this.log('error', 'the run index cannot be written', error));
  }

  /** Into the index before a directory comes back from the trash; `arrived` follows. Errors: `home-unwritable`. */
  async expect(line: IndexLine): Promise<void> {
    this.moving.set(line.run, line);
    try {
      await this.index.add(line);
    } catch (error) {
      this.moving.delete(line.run);
      throw homeUnwritable(error);
    }
  }

  /** It came, and is to be adopted, or it did not: then the next writing of the index leaves it out. */
  arrived(run: string): void {
    this.moving.delete(run);
  }

  /** Replaces a record, writes it, and then tells it: who hears of a state finds it in the file. Resolves when it is durable. */
  async save(saved: RunRecord): Promise<void> {
    const { run } = saved;
    const record = this.put(saved);
    clearTimeout(this.progress.get(run));
    this.progress.delete(run);
    // Labels that were given while it waited for its turn are in it too.
    const write = () => this.write(withLabels(record, (this.records.get(run) ?? record).labels));
    await this.writes.take(write, run).catch((error) => {
      if (isFolder(run)) this.log('error', `cannot write run.json of ${run}`, error);
      else this.log('warning', `${run} is no longer there: its run.json is not written`);
    });
    this.onChange(this.records.get(run) ?? record);
  }

  /** Progress: kept in memory and told now and then; `metrics.jsonl` has it already. */
  touch(touched: RunRecord): void {
    const record = this.put(touched);
    if (this.progress.has(record.run)) return;
    this.onChange(record);
    const timer = setTimeout(() => {
      this.progress.delete(record.run);
      const now = this.records.get(record.run);
      if (now && now !== record) this.touch(now);
    }, progressInterval);
    this.progress.set(record.run, timer);
  }

  /** Waits for all writes under way. */
  async flush(): Promise<void> {
    await this.writes.allEnded();
  }

  /**
   * In memory alone, for whoever saves it right after. Labels are changed by `label` alone: whoever holds a record holds those of a while ago, or of a
   * twin.
   */
  put(record: RunRecord): RunRecord {
    const known = this.records.get(record.run);
    const now = known ? withLabels(record, known.labels) : record;
    this.hold(now);
    return now;
  }

  private hold(record: RunRecord): void {
    if (this.records.get(record.run)?.createdAt !== record.createdAt) this.order = undefined;
    this.records.set(record.run, record);
  }

  private drop(run: string): void {
    this.order = undefined;
    this.records.delete(run);
  }

  private write(record: RunRecord): Promise<void> {
    return writeRecord(record.run, record);
  }

  private async rewriteIndex(): Promise<void> {
    await this.index.replace(() => [...this.records.values(), ...this.moving.values()]);
    this.old = 0;
  }
}

function loadRun(line: IndexLine, kept: KeptRecords): RunRecord {
  const { run } = line;
  const record = kept.read(run) ?? (isFolder(run) ? rebuiltRecord(run) : undefined);
  // A rebuilt one does not know where its recipe came from.
  if (record) return record.recipe === recipeFile(run) ? { ...record, recipe: line.recipe } : record;
  return { ...line, format: 1, state: 'missing', step: 0, totalSteps: 0, resumes: 0 };
}

/** Two of one moment by their names. */
const byTime = (a: RunCursor, b: RunCursor): number =>
  a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.run < b.run ? -1 : a.run > b.run ? 1 : 0;

const isFolder = (folder: string): boolean => {
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
};
