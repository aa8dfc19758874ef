/**
 * Copies of the records of runs that have ended, `$RANKWISE_HOME/kept.json`, so that a daemon that starts with thousands of runs opens one file in the place of all. A copy counts only
 * while `run.json` is the very file that it was made from: same inode, size and times. The file can be deleted at any time.
 */
import { readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../protocol/runs.ts';
import { version } from '../wire/version.ts';
import { writeDurably } from './durable.ts';
import { isActive, readRecord, recordFile } from './record.ts';

/** Milliseconds after a change in which another one may leave no trace in a file's times. Where a clock has jumped back, nothing is kept until then. */
const settled = 2000;
/** So many records that are not kept are worth a new file. */
const worth = 100;

interface Kept {
  mark: string;
  record: RunRecord;
}

export class KeptRecords {
  private readonly file: string;
  private readonly known: Map<string, Kept>;
  private readonly now = new Map<string, Kept>();
  private fresh = 0;

  constructor(home: string) {
    this.file = path.join(home, 'kept.json');
    this.known = readKept(this.file);
  }

  /** As `readRecord`. */
  read(run: string): RunRecord | undefined {
    const stat = statOf(recordFile(run));
    if (!stat) return undefined;
    const mark = markOf(stat);
    const known = this.known.get(run);
    if (known?.mark === mark) {
      this.now.set(run, known);
      return known.record;
    }
    const record = readRecord(run);
    // A change of this moment may leave no trace: then the next daemon reads it again.
    if (record && !isActive(record) && Date.now() - stat.ctimeMs > settled) {
      this.now.set(run, { mark, record });
      this.fresh++;
    }
    return record;
  }

  /** Writes what was read, where it is worth it, and forgets all copies. Throws the system's error. */
  async close(): Promise<void> {
    const gone = this.known.size + this.fresh - this.now.size;
    const kept = Array.from(this.now, ([run, { mark, record }]) => [run, mark, record]);
    const changed = this.fresh >= worth || gone >= worth;
    this.known.clear();
    this.now.clear();
    if (changed) await writeDurably(this.file, JSON.stringify({ version, kept }), 0o600);
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined; // gone, or closed to us
  }
}

const markOf = ({ ino, size, mtimeMs, ctimeMs }: Stats): string => `${ino} ${size} ${mtimeMs} ${ctimeMs}`;

/** Those of another version, which may read run.json otherwise, do not count; nor does a file that is not whole. */
function readKept(file: string): Map<string, Kept> {
  try {
    const { version: made, kept } = JSON.parse(readFileSync(file, 'utf8')) as {
      version: string;
      kept: [string, string, RunRecord][];
    };
    if (made !== version) return new Map();
    return new Map(kept.map(([run, mark, record]) => [run, { mark, record }]));
  } catch {
    return new Map();
  }
}
