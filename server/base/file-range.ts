/** Bytes of a file that stay where they are: read when needed, or mapped into memory. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { RankwiseError } from './errors.ts';
import { readAt } from './files.ts';

export interface FileRange {
  /** The file itself, absolute; no symbolic link. */
  file: string;
  offset: number;
  /** Bytes. */
  length: number;
  state: FileState;
}

/** What tells a file from one that was written in its place. */
export interface FileState {
  size: number;
  modified: number;
  inode: number;
}

/** Of an open file. */
export function fileState(fd: number): FileState {
  const { size, mtimeMs, ino } = fstatSync(fd);
  return { size, modified: mtimeMs, inode: ino };
}

/** Fills `into` with the bytes from `from` on, counted from the beginning of the range. Throws `weights-changed`. */
export function readRange(range: FileRange, from: number, into: Uint8Array): void {
  const fd = openUnchanged(range);
  try {
    if (readAt(fd, into, range.offset + from) < into.length) throw changed(range.file, 'became shorter');
  } finally {
    closeSync(fd);
  }
}

/** A descriptor of the file, which the caller closes. Throws `weights-changed` unless it is the one that the range was made for. */
export function openUnchanged({ file, state }: FileRange): number {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw changed(file, 'cannot be opened any more', cause);
  }
  try {
    demandState(file, state, fileState(fd));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

export function demandState(file: string, expected: FileState, found: FileState): void {
  if (found.size !== expected.size) throw changed(file, `had ${expected.size} bytes and has ${found.size} now`);
  if (found.modified !== expected.modified || found.inode !== expected.inode) throw changed(file, 'was written anew');
}

const changed = (file: string, what: string, cause?: unknown) =>
  new RankwiseError('weights-changed', `The model was changed while it was in use: ${file} ${what}`, {
    kind: 'runtime',
    file,
    cause,
    hint: 'Put the file back as it was and resume, or start a new run with the changed model.',
  });
