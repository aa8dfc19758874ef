/** Reads what a run directory holds beside run.json. What is missing or torn is left out, as if it had never been written. */

import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { recipeFile } from '../base/run-folder.ts';
import type { RunEvent } from '../protocol/events.ts';
import { type History, HistoryMaker } from './history.ts';

/** Far beyond any recipe. */
const recipeLimit = 4 * 2 ** 20;
/** No event is this long: such a line is passed over. */
const lineLimit = 2 ** 20;
/** Bytes at a time. */
const piece = 2 ** 18;

/** The text of recipe.peft; undefined where it is gone or no file that a run writes. */
export function readRecipe(run: string): string | undefined {
  const file = recipeFile(run);
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= recipeLimit ? readFileSync(file, 'utf8') : undefined;
}

/** All events of metrics.jsonl; those of a run that never began are none. */
export const readHistory = (run: string): Promise<History> => new HistoryTail(run).read();

/** The events of a run that goes on: each `read` takes in what was written since the last. */
export class HistoryTail {
  private readonly file: string;
  private readonly maker: HistoryMaker;
  private offset = 0;
  private partial: Buffer = Buffer.alloc(0);
  private tooLong = false;

  /** @param curves false: without training losses, of which there are many. */
  constructor(run: string, { curves = true } = {}) {
    this.file = path.join(run, 'metrics.jsonl');
    this.maker = new HistoryMaker(curves);
  }

  async read(): Promise<History> {
    if (!statSync(this.file, { throwIfNoEntry: false })?.isFile()) return this.maker.history;
    const handle = await open(this.file, 'r');
    try {
      for (;;) {
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(piece), 0, piece, this.offset);
        if (bytesRead === 0) return this.maker.history;
        this.offset += bytesRead;
        this.take(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  }

  private take(bytes: Buffer): void {
    const all = Buffer.concat([this.partial, bytes]);
    let start = 0;
    for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10, start)) {
      const event = this.tooLong ? undefined : eventOf(all.toString('utf8', start, end));
      if (event) this.maker.add(event);
      this.tooLong = false;
      start = end + 1;
    }
    this.partial = all.subarray(start);
    if (this.partial.length <= lineLimit) return;
    this.tooLong = true;
    this.partial = Buffer.alloc(0);
  }
}

/** Undefined for a line that a crash has torn. */
function eventOf(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as RunEvent;
    return typeof event === 'object' && event !== null && typeof event.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
