import { closeSync } from 'node:fs';
import { demandState, type FileRange, type FileState, fileState, openUnchanged } from '../../base/file-range.ts';

interface Opened {
  fd: number;
  users: number;
}

/** Files open now: sessions on the same weights share them. */
const open = new Map<string, Opened>();
const keyOf = ({ file, state }: { file: string; state: FileState }) => `${file} ${state.inode} ${state.modified}`;

/**
 * The files that a session has mapped. Each is kept open, so that it is the mapped one that is looked at, whatever now has its name: a
 * model that is replaced by renaming disturbs nobody who has it mapped.
 */
export class MappedFiles {
  private readonly files: Map<string, FileRange>;

  /** Throws `weights-changed`. */
  constructor(ranges: readonly FileRange[]) {
    this.files = new Map(ranges.map((range) => [keyOf(range), range]));
    for (const [key, range] of this.files) {
      const opened = open.get(key) ?? { fd: openUnchanged(range), users: 0 };
      opened.users++;
      open.set(key, opened);
    }
  }

  /** Throws `weights-changed` when one was written to or cut off. */
  check(): void {
    for (const [key, { file, state }] of this.files) demandState(file, state, fileState(open.get(key)!.fd));
  }

  release(): void {
    for (const key of this.files.keys()) {
      const opened = open.get(key)!;
      if (--opened.users > 0) continue;
      closeSync(opened.fd);
      open.delete(key);
    }
    this.files.clear();
  }
}
