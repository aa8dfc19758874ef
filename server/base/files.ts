/** Files that are either whole or not there: write to a temporary name beside the target, fsync, rename, fsync the folder. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

export function writeFileAtomic(file: string, content: string | Uint8Array, mode = 0o644): void {
  replaceFile(file, (write) => write(typeof content === 'string' ? Buffer.from(content) : content), mode);
}

/** readSync takes a 32-bit length. */
const maxRead = 1 << 30;

/** Fills `into` with the bytes of an open file from `position` on. Returns how many there were: fewer where the file ends. */
export function readAt(fd: number, into: Uint8Array, position: number): number {
  for (let done = 0; done < into.length; ) {
    const count = readSync(fd, into, done, Math.min(maxRead, into.length - done), position + done);
    if (count === 0) return done;
    done += count;
  }
  return into.length;
}

/** As `writeFileAtomic`, for content that comes in pieces and is never whole in memory. */
export function replaceFile(file: string, fill: (write: (bytes: Uint8Array) => void) => void, mode = 0o644): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, 'w', mode);
    try {
      fill((bytes) => {
        for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
      });
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
}

/** Fills a folder under a temporary name, then renames it into place; on failure nothing is left. `target` must not exist. */
export async function writeFolderAtomic(target: string, fill: (folder: string) => void | Promise<void>): Promise<void> {
  const temporary = `${target}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  makeFolder(temporary);
  try {
    await fill(temporary);
    syncFolder(temporary);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  syncFolder(path.dirname(target));
}

/**
 * Makes a folder and those above it; one that is there is fine. Node's own `recursive` never returns where a parent exists and yet
 * refuses with ENOENT, as /proc does. Throws the system's error.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    const parent = path.dirname(folder);
    if (code !== 'ENOENT' || parent === folder || existsSync(parent)) throw error;
    makeFolder(parent, mode);
    makeFolder(folder, mode);
  }
}

/** Makes a rename durable; Windows cannot open folders and needs no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
