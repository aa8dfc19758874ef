import type { RunEvent } from '../../protocol/events.ts';

/** A file that is written beside `metrics.jsonl`, in another program's format. */
export interface RunLog {
  append(event: RunEvent): void;
  close(): void;
}
