/** `metrics.jsonl` of a run: one event a line, only ever appended to. */
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { appendWhole } from '../base/append-whole.ts';
import type { RunEvent } from '../protocol/events.ts';
import { effectiveEvents } from '../protocol/progress.ts';

export const metricsFile = (run: string): string => path.join(run, 'metrics.jsonl');

export interface MetricsWriter {
  /** The line is with the operating system when this returns: killing the process does not lose it. Where it throws, the file has no part of it. */
  append(event: RunEvent): void;
  /** Makes what was appended survive a power failure. */
  sync(): void;
  close(): void;
}

/** Opens the file for appending; a last line torn by a kill is ended by the first event, so that readers can skip it. */
export function openMetrics(run: string): MetricsWriter {
  const fd = openSync(metricsFile(run), 'a+');
  let torn = isTorn(fd);
  return {
    append(event) {
      try {
        appendWhole(fd, `${torn ? '\n' : ''}${JSON.stringify(event)}\n`);
        torn = false;
      } catch (error) {
        torn = isTorn(fd);
        throw error;
      }
    },
    sync: () => fsyncSync(fd),
    close() {
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

function isTorn(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 10;
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
