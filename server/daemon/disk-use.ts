/** What run directories take on disk: the blocks of their files, a file with several names once for each run. */
import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Directories that are read at once: training and other programs want the disk too. */
const atOnce = 4;

interface Known {
  bytes: number;
  /** Of each directory in it: a file that comes, goes or is replaced changes that of its directory. */
  times: Map<string, number>;
}

/** Sizes, kept until a directory of the run changes. */
export class DiskUse {
  private readonly known = new Map<string, Known>();
  private readonly asked = new Map<string, Promise<number | undefined>>();
  private readonly lanes = new Lanes(atOnce);

  /** Undefined where the directory is gone. `growing`: its files grow in place, so nothing is kept. */
  of(folder: string, growing = false): Promise<number | undefined> {
    const asked = this.asked.get(folder) ?? this.measure(folder, growing).finally(() => this.asked.delete(folder));
    this.asked.set(folder, asked);
    return asked;
  }

  /** Forgets what is kept of directories that have left. */
  forget(folders: readonly string[]): void {
    for (const folder of folders) this.known.delete(folder);
  }

  private measure(folder: string, growing: boolean): Promise<number | undefined> {
    return this.lanes.run(async () => {
      const known = this.known.get(folder);
      if (!growing && known && (await isAsItWas(known.times))) return known.bytes;
      const found = await walk(folder);
      if (found && !growing) this.known.set(folder, found);
      else this.known.delete(folder);
      return found?.bytes;
    });
  }
}

/** Of one folder, without keeping anything; 0 where it is gone. */
export const bytesOf = async (folder: string): Promise<number> => (await walk(folder))?.bytes ?? 0;

async function isAsItWas(times: Known['times']): Promise<boolean> {
  for (const [folder, time] of times) if ((await statOf(folder))?.mtimeMs !== time) return false;
  return true;
}

/** Links are counted, not followed. What goes away meanwhile counts nothing. */
async function walk(folder: string): Promise<Known | undefined> {
  const top = await statOf(folder);
  if (!top?.isDirectory()) return undefined;
  const known: Known = { bytes: blocks(top), times: new Map([[folder, top.mtimeMs]]) };
  const seen = new Set<string>();
  for (const folders = [folder]; folders.length > 0; ) {
    const at = folders.pop()!;
    for (const name of await readdir(at).catch(() => [])) {
      const file = path.join(at, name);
      const stat = await statOf(file);
      if (!stat) continue;
      if (stat.isDirectory()) {
        known.times.set(file, stat.mtimeMs);
        folders.push(file);
      } else if (stat.nlink > 1) {
        const key = `${stat.dev}:${stat.ino}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      known.bytes += blocks(stat);
    }
  }
  return known;
}

/** Some systems do not tell blocks. */
const blocks = ({ blocks, size }: Stats): number => (Number.isFinite(blocks) ? 512 * blocks : size);

const statOf = (file: string): Promise<Stats | undefined> => lstat(file).catch(() => undefined);

/** So many at a time, in the order in which they came. */
class Lanes {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
