/**
 * The folder of kept decompositions. Any number of processes use it at once, without locks: an entry is written under a name of its own
 * and renamed, so that a file with an entry's name is whole; what a killed process leaves behind is swept a day later. Whatever the disk
 * does, computing goes on: faults become warnings.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';
import { bytes as inUnits } from '../base/units.ts';
import { decodeEntry, type Entry, encodeEntry } from './entry.ts';

const suffix = '.factors';
const day = 24 * 3600 * 1000;
/** Node takes at most 2³¹ − 1 bytes at a time. */
const maxPart = 2 ** 30;

export class FactorStore {
  private readonly folder: string;
  private readonly limit: number;
  private readonly warn: (warning: RankwiseError) => void;
  /** Writes come one after another. */
  private turn: Promise<void> = Promise.resolve();
  private writable = true;
  /** Bytes that may be written before the folder is looked at again; others write into it too. */
  private room = 0;

  constructor(folder: string, limit: number, warn: (warning: RankwiseError) => void) {
    this.folder = folder;
    this.limit = limit;
    this.warn = warn;
  }

  /** Undefined: not there, or not usable. `shapes` are those that its arrays must have. Never rejects. */
  async read(key: string, shapes: Record<string, number[]>): Promise<Entry | undefined> {
    const file = this.file(key);
    let bytes: ArrayBuffer;
    try {
      bytes = await readWhole(file);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
        this.warn(fault('factors-unreadable', `${file} cannot be read: ${(cause as Error).message}`, file, cause));
      return undefined;
    }
    const entry = await decodeEntry(key, bytes);
    if (entry && Object.entries(shapes).every(([name, shape]) => `${entry.arrays[name]?.shape}` === `${shape}`)) {
      const now = new Date();
      await utimes(file, now, now).catch(() => {}); // only the order of eviction: a home that is not ours to write, or evicted just now
      return entry;
    }
    this.warn(fault('factors-damaged', `${file} was damaged; it is computed again.`, file));
    await rm(file, { force: true }).catch(() => {}); // it is written over, or stays and is refused again
    return undefined;
  }

  /** Keeps an entry if it can. Never rejects; after a fault nothing more is written by this process. */
  write(key: string, entry: Entry): Promise<void> {
    this.turn = this.turn.then(async () => {
      if (!this.writable) return;
      try {
        await this.keep(key, await encodeEntry(key, entry));
      } catch (cause) {
        this.writable = false;
        const message = `Decompositions are not kept in ${this.folder}: ${(cause as Error).message}`;
        this.warn(fault('factors-not-kept', message, this.folder, cause));
      }
    });
    return this.turn;
  }

  private async keep(key: string, parts: readonly Uint8Array[]): Promise<void> {
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    makeFolder(this.folder, 0o700);
    if (size > this.room) this.room = await this.makeRoom(size);
    if (size > this.room) {
      const message = `A decomposition of ${inUnits(size)} is not kept: more than may lie in ${this.folder}.`;
      this.warn(fault('factors-too-large', message, this.folder));
      return;
    }
    const file = this.file(key);
    const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await writeWhole(temporary, parts);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.room -= size;
  }

  /** Sweeps, evicts what was not used for longest until `size` more bytes fit, and gives the bytes that may be written now. */
  private async makeRoom(size: number): Promise<number> {
    const entries: { file: string; bytes: number; used: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const file = path.join(this.folder, name);
      const found = await stat(file).catch(() => undefined); // evicted or renamed by another process meanwhile
      if (!found) continue;
      if (name.endsWith(suffix)) entries.push({ file, bytes: found.size, used: found.mtimeMs });
      else if (name.endsWith('.tmp') && Date.now() - found.mtimeMs > day) await rm(file, { force: true });
    }
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    const limit = Math.min(this.limit, (await this.freeBytes()) / 10 + total / 10);
    if (size > limit) return 0;
    // A tenth more than needed, or each write would look at every file.
    const target = total + size > limit ? Math.max(0, 0.9 * limit - size) : total;
    entries.sort((a, b) => a.used - b.used);
    for (const { file, bytes } of entries) {
      if (total <= target) break;
      await rm(file, { force: true });
      total -= bytes;
    }
    return Math.max(size, Math.min(limit - total, limit / 16));
  }

  private async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.folder);
    return bavail * bsize;
  }

  private file(key: string): string {
    return path.join(this.folder, `${key}${suffix}`);
  }
}

async function readWhole(file: string): Promise<ArrayBuffer> {
  const handle = await open(file, 'r');
  try {
    const bytes = new Uint8Array((await handle.stat()).size);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(maxPart, bytes.length - at), at);
      if (bytesRead === 0) break; // cut off meanwhile: its checksum tells
      at += bytesRead;
    }
    return bytes.buffer;
  } finally {
    await handle.close();
  }
}

async function writeWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for (const part of parts)
      for (let at = 0; at < part.length; ) {
        const { bytesWritten } = await handle.write(part, at, Math.min(maxPart, part.length - at));
        at += bytesWritten;
      }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const fault = (code: string, message: string, file: string, cause?: unknown) =>
  new RankwiseError(code, message, {
    kind: 'runtime',
    file,
    hint: 'Results are right without it; they only take their time again.',
    ...(cause !== undefined && { cause }),
  });
