/** Files of 32-bit words that are read by place: whole in memory, straight from the disk, or page by page with the last ones kept. */
import { readAt } from '../../base/files.ts';
import { lastUsed } from '../last-used.ts';

export interface Words {
  readonly length: number;
  /** `count` words from `from` on, which must lie within. They are not to be written to. */
  read(from: number, count: number): Int32Array;
}

export const inMemory = (words: Int32Array): Words => ({
  length: words.length,
  read: (from, count) => words.subarray(from, from + count),
});

export const onDisk = (fd: number, length: number): Words => ({
  length,
  read(from, count) {
    const words = new Int32Array(count);
    readExactly(fd, words, from);
    return words;
  },
});

/** Reads must not cross pages of `size` words: what is asked for lies in one. Memory is that of `kept` pages. */
export function inPages(fd: number, length: number, size: number, kept: number): Words {
  const page = lastUsed(kept, (number) => {
    const words = new Int32Array(Math.min(size, length - number * size));
    readExactly(fd, words, number * size);
    return words;
  });
  return {
    length,
    read(from, count) {
      const number = Math.floor(from / size);
      return page(number).subarray(from - number * size, from - number * size + count);
    },
  };
}

/** Throws the system's error; where the file ends early the rest stays 0, which no checksum takes for right. */
export function readExactly(fd: number, words: Int32Array, from: number): void {
  readAt(fd, new Uint8Array(words.buffer, words.byteOffset, words.byteLength), 4 * from);
}
