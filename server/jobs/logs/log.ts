import type { RunEvent } from '../../protocol/events.ts';

/** A file that is written beside `metrics.jsonl`, in another program's format. */
export interface RunLog {
  /** Whole or not at all: where it throws, the same event may come again. */
  append(event: RunEvent): void;
  close(): void;
}
