import { stat } from 'node:fs/promises';

/** How far an encoding is. */
export interface EncodingProgress {
  rows: number;
  /** Of the files, read and in all; what compressed files hold is not counted. */
  bytes: number;
  totalBytes: number;
  remainingSeconds?: number;
}

/** Milliseconds between two reports; what takes less is not told at all. */
const interval = 1000;

/** Tells `progress` of an encoding of `files` that begins now. */
export async function progressTeller(files: readonly string[], progress: ((at: EncodingProgress) => void) | undefined) {
  const sizes = progress ? await Promise.all(files.map(async (file) => (await stat(file)).size)) : [];
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  const began = performance.now();
  let told = began;
  let bytes = 0;
  return {
    bytes: (read: number) => {
      bytes += read;
    },
    rows(rows: number): void {
      const now = performance.now();
      if (!progress || now - told < interval) return;
      told = now;
      const left = bytes > 0 ? (((now - began) / bytes) * (totalBytes - bytes)) / 1000 : undefined;
      progress({ rows, bytes, totalBytes, ...(left !== undefined && { remainingSeconds: Math.max(0, left) }) });
    },
    /** The last report, where there was one before. */
    done(rows: number): void {
      if (told !== began) progress?.({ rows, bytes: totalBytes, totalBytes });
    },
  };
}
