/**
 * Encoded data that is kept on disk, `<home>/cache/tokens/<key>/`: a second run on the same data starts at once, and data that is larger
 * than memory is read from there. Any number of processes use it at once, without locks: a folder is written under a name of its own and
 * renamed, so that one with a key's name is whole; what a killed process leaves behind is swept a day later.
 */

import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { makeFolder, syncFolder, writeFileAtomic } from '../../base/files.ts';
import type { DataWarning } from '../../protocol/events.ts';
import type { Example } from '../types.ts';
import { damagedFault, indexWords, StoredExamples } from './stored.ts';
import { inMemory, inPages, onDisk, readExactly } from './words.ts';
import { files, TokenWriter, type Written } from './writer.ts';

/** What is known of the data beside its examples. */
export interface About {
  warnings: DataWarning[];
  rows: number;
  labelNames?: string[];
  /** Final numbers of classes, by those in the records. */
  classes?: number[];
}

interface AboutFile extends About, Written {
  format: typeof format;
  key: string;
}

export interface Kept extends About {
  examples: StoredExamples;
  tokens: number;
  close(): void;
}

export interface CacheOptions {
  /** Of all data together; the data of a run is kept even where it is larger alone. */
  limitBytes?: number;
  /** Data of at most so many words is read into memory. */
  memoryWords?: number;
  onWarning?(warning: DataWarning): void;
}

const format = 1;
const day = 24 * 3600 * 1000;
const defaultLimit = 20 * 2 ** 30;
const defaultMemory = 2 ** 24;
/** Entries of the index on a page (48 KiB), and pages that are kept (12 MiB). */
const pageEntries = 4096;
const keptPages = 256;

export class TokenCache {
  readonly folder: string;
  private readonly limit: number;
  private readonly memoryWords: number;
  private readonly warn: (warning: DataWarning) => void;

  constructor(home: string, { limitBytes, memoryWords, onWarning }: CacheOptions = {}) {
    this.folder = path.join(home, 'cache', 'tokens');
    this.limit = limitBytes ?? defaultLimit;
    this.memoryWords = memoryWords ?? defaultMemory;
    this.warn = onWarning ?? (() => {});
  }

  /** Undefined: not there, or not usable, which is warned about. */
  read(key: string): Kept | undefined {
    const folder = path.join(this.folder, key);
    if (!existsSync(folder)) return undefined;
    const kept = this.open(folder, key);
    if (kept) return kept;
    this.warn({ code: 'tokens-damaged', message: `The kept tokens in ${folder} were damaged; they are made again.` });
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }

  /**
   * Keeps what `fill` adds, whole or not at all, and gives it back; errors of `fill` pass through. Few examples that the disk refuses
   * stay in memory, with a warning (`tokens-not-kept`). Throws `disk-full`, `cache-not-writable` for more.
   */
  async write(key: string, fill: (add: (example: Example) => void) => Promise<About>): Promise<Kept> {
    const target = path.join(this.folder, key);
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    let disk = true;
    let writer: TokenWriter | undefined;
    const refused = (error: unknown) => {
      const fault = this.refusal(error);
      if (!writer?.held) throw fault;
      writer.giveUpDisk();
      disk = false;
      this.warn({ code: 'tokens-not-kept', message: `${fault.message} The data stays in memory for this run.` });
    };
    try {
      try {
        makeFolder(temporary, 0o700);
        writer = new TokenWriter(temporary, this.memoryWords);
      } catch (error) {
        writer = new TokenWriter(undefined, this.memoryWords);
        refused(error);
      }
      const about = await fill((example) => {
        try {
          writer!.add(example);
        } catch (error) {
          refused(error);
        }
        // What no disk takes may not grow without end.
        if (!disk && !writer!.held) throw this.refusal(new Error('the data is too large to stay in memory'));
      });
      if (disk)
        try {
          const written = writer.finish();
          const whole: AboutFile = { format, key, ...written, ...about };
          writeFileAtomic(path.join(temporary, files.about), `${JSON.stringify(whole)}\n`, 0o600);
          this.settle(temporary, target);
        } catch (error) {
          refused(error);
        }
      if (disk) await this.makeRoom(key);
      const kept = disk ? this.open(target, key) : undefined;
      if (kept) return kept;
      if (writer.held) return this.held(writer, about, target);
      throw damagedFault(target);
    } finally {
      writer?.giveUpDisk();
      if (existsSync(temporary)) rmSync(temporary, { recursive: true, force: true });
    }
  }

  private held(writer: TokenWriter, about: About, folder: string): Kept {
    const { records, index } = writer.memory();
    const examples = new StoredExamples(inMemory(index), inMemory(records), about.classes, () => damagedFault(folder));
    return { ...about, examples, tokens: writer.tokenCount, close: () => {} };
  }

  /** Whoever was first with a name keeps it, unless what it left is damaged. */
  private settle(temporary: string, target: string): void {
    try {
      renameSync(temporary, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
      const other = this.open(target, path.basename(target));
      if (!other) {
        rmSync(target, { recursive: true, force: true });
        renameSync(temporary, target);
      }
      other?.close();
    }
    syncFolder(this.folder);
  }

  /** Undefined: the folder is damaged or cut off, or another's. */
  private open(folder: string, key: string): Kept | undefined {
    let index: number | undefined;
    let records: number | undefined;
    const close = () => {
      for (const fd of [index, records]) if (fd !== undefined) closeSync(fd);
      index = records = undefined;
    };
    try {
      const about = JSON.parse(readFileSync(path.join(folder, files.about), 'utf8')) as AboutFile;
      index = openSync(path.join(folder, files.index), 'r');
      records = openSync(path.join(folder, files.records), 'r');
      const entries = about.examples * indexWords;
      const fits = (fd: number, words: number) => fstatSync(fd).size === 4 * words;
      const whole = about.format === format && about.key === key && fits(index, entries) && fits(records, about.words);
      if (!whole || digestOf(index, entries) !== about.index) {
        close();
        return undefined;
      }
      const now = new Date();
      utimesQuietly(path.join(folder, files.about), now);
      const damaged = () => {
        rmSync(folder, { recursive: true, force: true });
        return damagedFault(folder);
      };
      const small = about.words <= this.memoryWords;
      const examples = new StoredExamples(
        small ? inMemory(wholeOf(index, entries)) : inPages(index, entries, indexWords * pageEntries, keptPages),
        small ? inMemory(wholeOf(records, about.words)) : onDisk(records, about.words),
        about.classes,
        damaged,
      );
      // Small data is looked at before anything stands on it.
      if (small) for (let i = 0; i < examples.length; i++) examples.at(i);
      if (small) close();
      return { ...about, examples, tokens: about.tokens, close };
    } catch {
      // Whatever is wrong with a file that is only kept: it is made again, and the warning names it.
      close();
      return undefined;
    }
  }

  /** Takes away what was not used for longest, beyond the limit, and what killed processes left. */
  private async makeRoom(key: string): Promise<void> {
    const entries: { folder: string; bytes: number; used: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const folder = path.join(this.folder, name);
      const sizes = await Promise.all(
        Object.values(files).map((file) => stat(path.join(folder, file)).catch(() => undefined)),
      );
      const about = sizes[2];
      if (name.endsWith('.tmp')) {
        const used = Math.max(...sizes.map((file) => file?.mtimeMs ?? 0));
        if (Date.now() - used > day) await remove(folder);
      } else if (about) {
        const bytes = sizes.reduce((sum, file) => sum + (file?.size ?? 0), 0);
        entries.push({ folder, bytes, used: name === key ? Number.POSITIVE_INFINITY : about.mtimeMs });
      }
    }
    entries.sort((a, b) => a.used - b.used);
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { folder, bytes, used } of entries) {
      if (total <= this.limit || used === Number.POSITIVE_INFINITY) break;
      await remove(folder);
      total -= bytes;
    }
  }

  private refusal(error: unknown): RankwiseError {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    return new RankwiseError(
      full ? 'disk-full' : 'cache-not-writable',
      full
        ? `The disk of ${this.folder}, where the encoded data is kept, is full.`
        : `The encoded data cannot be kept in ${this.folder}: ${message}.`,
      {
        kind: 'runtime',
        file: this.folder,
        hint: 'Make room there, or set RANKWISE_HOME to a folder with more.',
      },
    );
  }
}

/** A folder that another process reads cannot be removed on Windows: it goes next time. */
const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true }).catch(() => {});

/** Only the order of eviction: the home may not be ours to write. */
function utimesQuietly(file: string, time: Date): void {
  try {
    utimesSync(file, time, time);
  } catch {}
}

function wholeOf(fd: number, words: number): Int32Array {
  const all = new Int32Array(words);
  readExactly(fd, all, 0);
  return all;
}

/** SHA-256 of the first `words`, hexadecimal. */
function digestOf(fd: number, words: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < words; at += 2 ** 20) {
    const part = new Int32Array(Math.min(2 ** 20, words - at));
    readExactly(fd, part, at);
    hash.update(new Uint8Array(part.buffer));
  }
  return hash.digest('hex');
}
