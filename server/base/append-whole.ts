import { fstatSync, ftruncateSync, writeSync } from 'node:fs';

/**
 * Appends all of it to a file that was opened for appending. When that fails (a full disk), what was written of it is cut off again where the
 * file allows that. Throws the system's error.
 */
export function appendWhole(fd: number, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  let offset = 0;
  try {
    while (offset < bytes.length) offset += writeSync(fd, bytes, offset);
  } catch (error) {
    if (offset > 0) cutOff(fd, offset);
    throw error;
  }
}

function cutOff(fd: number, bytes: number): void {
  try {
    ftruncateSync(fd, fstatSync(fd).size - bytes);
  } catch {} // a device, or the file system itself is broken: whoever reads passes torn lines over
}
