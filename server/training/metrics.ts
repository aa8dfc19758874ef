/** `metrics.jsonl` of a run: one event a line, only ever appended to. */
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunEvent } from '../protocol/events.ts';
import { effectiveEvents } from '../protocol/progress.ts';

export const metricsFile = (run: string): string => path.join(run, 'metrics.jsonl');

export interface MetricsWriter {
  /** The line is with the operating system when this returns: killing the process does not lose it. */
  append(event: RunEvent): void;
  /** Makes what was appended survive a power failure. */
  sync(): void;
  close(): void;
}

/** Opens the file for appending; a last line torn by a kill is ended, so that readers can skip it. */
export function openMetrics(run: string): MetricsWriter {
  const fd = openSync(metricsFile(run), 'a+');
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  if (size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10) write(fd, '\n');
  return {
    append: (event) => write(fd, `${JSON.stringify(event)}\n`),
    sync: () => fsyncSync(fd),
    close() {
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

function write(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
}

/** The events of a run that count (see `effectiveEvents`); lines torn by a kill are skipped. Empty before the run has begun. */
export async function readMetrics(run: string): Promise<RunEvent[]> {
  const file = metricsFile(run);
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n');
  return effectiveEvents(lines.flatMap(parsed));
}

function parsed(line: string): RunEvent[] {
  try {
    return [JSON.parse(line) as RunEvent];
  } catch {
    return [];
  }
}
