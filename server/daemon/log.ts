/** The daemon's log: one line an entry, cut over to `.1` … `.3` by size, so that it never fills a disk. */
import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { format } from 'node:util';

export type Log = (level: 'info' | 'warning' | 'error', message: string, cause?: unknown) => void;

const sizeLimit = 2 ** 20;
const kept = 3;

export function openLog(file: string): Log {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return (level, message, cause) => {
    const text = cause === undefined ? message : format('%s %o', message, cause instanceof Error ? cause.stack : cause);
    const line = `${new Date().toISOString()} ${process.pid} ${level} ${text.slice(0, 16_384)}\n`;
    try {
      if (size + line.length > sizeLimit) {
        rotate(file);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += line.length;
    } catch {
      // A full disk must not take the runs down with it.
    }
  };
}

function rotate(file: string): void {
  rmSync(`${file}.${kept}`, { force: true });
  for (let i = kept - 1; i >= 0; i--) {
    const from = i === 0 ? file : `${file}.${i}`;
    if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${file}.${i + 1}`);
  }
}
