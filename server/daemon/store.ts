/** All runs that this daemon knows, each backed by its directory; the only writer of `run.json`. */
import { statSync } from 'node:fs';
import { RankwiseError } from '../base/errors.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { writeDurably } from './durable.ts';
import { IndexFile, type IndexLine } from './index-file.ts';
import type { Log } from './log.ts';
import { files, readRecord, recordFromRecipe } from './record.ts';

/** Progress is told at most four times a second. */
const progressInterval = 250;

export class RunStore {
  /** Called with every record that is new or changed. */
  onChange: (record: RunRecord) => void = () => {};
  private readonly index: IndexFile;
  private readonly log: Log;
  private readonly records = new Map<string, RunRecord>();
  private readonly writes = new Map<string, Promise<void>>();
  private readonly progress = new Map<string, NodeJS.Timeout>();

  constructor(home: string, log: Log) {
    this.index = new IndexFile(home);
    this.log = log;
  }

  /** Reads the index and each directory's `run.json`. A run whose files are lost is rebuilt or shown as `missing`. */
  load(): void {
    const { lines, broken } = this.index.read();
    if (broken > 0) this.log('warning', `${broken} broken lines of the run index were passed over`);
    for (const line of lines) this.records.set(line.run, this.loadRun(line));
  }

  list(): RunRecord[] {
    return [...this.records.values()].sort((a, b) =>
      a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
    );
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
      this.records.set(record.run, missing);
      this.onChange(missing);
      return missing;
    });
  }

  /** Takes in a directory that holds a whole run, and makes it durable in the index. */
  async add(record: RunRecord): Promise<void> {
    this.records.set(record.run, record);
    try {
      await this.index.add(record);
    } catch (error) {
      this.records.delete(record.run);
      throw new RankwiseError('home-unwritable', `The run index cannot be written: ${(error as Error).message}.`, {
        kind: 'runtime',
        hint: 'Free disk space, or set RANKWISE_HOME to a folder that you can write to.',
        cause: error,
      });
    }
    this.onChange(record);
  }

  /** Adds a run directory made elsewhere or moved here. Errors: `not-a-run`. */
  async adopt(run: string): Promise<RunRecord> {
    const known = this.records.get(run);
    if (known && known.state !== 'missing') return this.demand(run);
    const record = readRecord(run) ?? recordFromRecipe(run);
    if (!record)
      throw new RankwiseError('not-a-run', `${run} is not a run directory.`, {
        file: run,
        hint: 'A run directory holds `run.json` and `recipe.peft`.',
      });
    const left = [...this.records.values()].filter(
      (r) => !(r.state === 'missing' && (r.id === record.id || r.run === run)),
    );
    if (left.length < this.records.size) {
      this.index.replace(left);
      for (const { run: gone } of [...this.records.values()])
        if (!left.some((r) => r.run === gone)) this.records.delete(gone);
    }
    await this.add(record);
    return record;
  }

  /** Replaces a record, writes it, and then tells it: who hears of a state finds it in the file. Resolves when it is durable. */
  async save(record: RunRecord): Promise<void> {
    this.records.set(record.run, record);
    clearTimeout(this.progress.get(record.run));
    this.progress.delete(record.run);
    const before = this.writes.get(record.run) ?? Promise.resolve();
    const write = before.then(() => writeDurably(files(record.run).record, `${JSON.stringify(record, null, 2)}\n`));
    const done = write.catch((error) => {
      if (isFolder(record.run)) this.log('error', `cannot write run.json of ${record.run}`, error);
      else this.log('warning', `${record.run} is no longer there: its run.json is not written`);
    });
    this.writes.set(record.run, done);
    await done;
    if (this.writes.get(record.run) === done) this.writes.delete(record.run);
    this.onChange(this.records.get(record.run) ?? record);
  }

  /** Progress: kept in memory and told now and then; `metrics.jsonl` has it already. */
  touch(record: RunRecord): void {
    this.records.set(record.run, record);
    if (this.progress.has(record.run)) return;
    this.onChange(record);
    const timer = setTimeout(() => {
      this.progress.delete(record.run);
      const now = this.records.get(record.run);
      if (now && now !== record) this.touch(now);
    }, progressInterval);
    this.progress.set(record.run, timer);
  }

  /** As `save`, for whoever saves it right after: nothing is written or told. */
  put(record: RunRecord): void {
    this.records.set(record.run, record);
  }

  /** Waits for all writes under way. */
  async flush(): Promise<void> {
    await Promise.all(this.writes.values());
  }

  private loadRun(line: IndexLine): RunRecord {
    const record = isFolder(line.run) ? (readRecord(line.run) ?? recordFromRecipe(line.run)) : undefined;
    if (record) return { ...record, recipe: record.recipe === files(line.run).recipe ? line.recipe : record.recipe };
    return { ...line, format: 1, state: 'missing', step: 0, totalSteps: 0, resumes: 0 };
  }
}

const isFolder = (folder: string): boolean => {
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
};
