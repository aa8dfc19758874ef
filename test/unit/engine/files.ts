import { closeSync, openSync } from 'node:fs';
import { type FileRange, fileState } from '../../../server/base/file-range.ts';

/** Bytes of a file as it is now. */
export function rangeOf(file: string, offset: number, length: number): FileRange {
  const fd = openSync(file, 'r');
  try {
    return { file, offset, length, state: fileState(fd) };
  } finally {
    closeSync(fd);
  }
}
