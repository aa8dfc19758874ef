import { closeSync } from 'node:fs';
import { demandState, type FileRange, fileState, openUnchanged } from '../../base/file-range.ts';

/** Of each file or range that sessions share: how many do, and what belongs to it. */
class Shared<T> {
  private readonly entries = new Map<string, { value: T; users: number }>();

  /** Whether it is the first user; `make` is called for that one. */
  add(key: string, make: () => T): boolean {
    const entry = this.entries.get(key) ?? { value: make(), users: 0 };
    this.entries.set(key, entry);
    return ++entry.users === 1;
  }

  get(key: string): T {
    return this.entries.get(key)!.value;
  }

  /** The value, when its last user has gone. */
  remove(key: string): T | undefined {
    const { value, users } = this.entries.get(key)!;
    this.entries.set(key, { value, users: users - 1 });
    if (users > 1) return undefined;
    this.entries.delete(key);
    return value;
  }
}

/** Descriptors of the files, and the ranges that have been read. */
const files = new Shared<number>();
const ranges = new Shared<number>();
let repeated = 0;

const fileKey = ({ file, state }: FileRange) => `${file} ${state.inode} ${state.modified}`;
const rangeKey = (range: FileRange) => `${range.offset} ${fileKey(range)}`;

/** Bytes that the system counts as resident more than once, because several sessions have mapped them: they are in memory once. */
export const repeatedlyMapped = (): number => repeated;

/**
 * What a session has mapped. The files are kept open, so that it is the mapped one that is looked at, whatever now has its name: a model
 * that is replaced by renaming disturbs nobody who has it mapped.
 */
export class MappedFiles {
  private readonly mapped: readonly FileRange[];
  private readonly files = new Map<string, FileRange>();
  private isRead = false;

  /** Throws `weights-changed`. */
  constructor(mapped: readonly FileRange[]) {
    this.mapped = mapped;
    for (const range of mapped) {
      const key = fileKey(range);
      if (this.files.has(key)) continue;
      files.add(key, () => openUnchanged(range));
      this.files.set(key, range);
    }
  }

  /** Before the files are read. Throws `weights-changed` when one was written to or cut off. */
  check(): void {
    for (const [key, { file, state }] of this.files) demandState(file, state, fileState(files.get(key)));
    if (this.isRead) return;
    this.isRead = true;
    for (const range of this.mapped) if (!ranges.add(rangeKey(range), () => range.length)) repeated += range.length;
  }

  release(): void {
    for (const key of this.files.keys()) {
      const fd = files.remove(key);
      if (fd !== undefined) closeSync(fd);
    }
    this.files.clear();
    if (!this.isRead) return;
    for (const range of this.mapped) if (ranges.remove(rangeKey(range)) === undefined) repeated -= range.length;
    this.isRead = false;
  }
}
