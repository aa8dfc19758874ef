/** Reads a growing `metrics.jsonl` by whole lines, a bounded piece at a time. A torn last line waits until it is complete. */
import { open } from 'node:fs/promises';
import type { RunEvent } from '../protocol/events.ts';

/** Bytes per read: its lines are parsed in a few milliseconds, so the daemon stays responsive. */
const pieceBytes = 256 * 1024;
/** No event is this long; such a line is passed over (it still counts as a line). */
const lineLimit = 2 ** 20;

export class MetricsTail {
  /** Number of the next line, from 0. */
  line = 0;
  private readonly file: string;
  private offset = 0;
  private partial: Buffer = Buffer.alloc(0);
  private tooLong = false;

  constructor(file: string) {
    this.file = file;
  }

  /** The events of the next piece, those before line `from` left out; `end` is true when nothing more stands in the file now. */
  async read(from = 0): Promise<{ events: RunEvent[]; end: boolean }> {
    const piece = await this.nextPiece();
    if (piece.length === 0) return { events: [], end: true };
    const events: RunEvent[] = [];
    const bytes = Buffer.concat([this.partial, piece]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (this.line >= from && !this.tooLong) {
        const event = parseEvent(bytes.toString('utf8', start, end));
        if (event) events.push(event);
      }
      this.tooLong = false;
      this.line++;
      start = end + 1;
    }
    this.partial = bytes.subarray(start);
    if (this.partial.length > lineLimit) {
      this.tooLong = true;
      this.partial = Buffer.alloc(0);
    }
    return { events, end: piece.length < pieceBytes };
  }

  /** All events up to the present end, for folding. */
  async *rest(from = 0): AsyncGenerator<RunEvent> {
    for (;;) {
      const { events, end } = await this.read(from);
      yield* events;
      if (end) return;
    }
  }

  /** Whether the file ends within a line, as after a crash. */
  get torn(): boolean {
    return this.partial.length > 0 || this.tooLong;
  }

  private async nextPiece(): Promise<Buffer> {
    const handle = await open(this.file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined; // the worker has not begun to write
      throw error;
    });
    if (!handle) return Buffer.alloc(0);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, this.offset);
      this.offset += bytesRead;
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
}

/** Undefined for a line that a crash has torn and a later start has closed. */
function parseEvent(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as RunEvent;
    return typeof event === 'object' && event !== null && typeof event.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
