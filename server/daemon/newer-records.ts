/** A run.json of a newer version says what this one cannot read: it stays beside the one that is rebuilt from the recipe and the events. */
import { constants, copyFileSync, readFileSync } from 'node:fs';
import type { RunRecord } from '../protocol/runs.ts';
import { recordFile, recordFromRecipe } from './record.ts';

/** The record that the directory gives without its run.json (`recordFromRecipe`); a newer version's is kept as `run.json.format-N` first. */
export function rebuiltRecord(run: string): RunRecord | undefined {
  const rebuilt = recordFromRecipe(run);
  if (rebuilt) keepNewer(recordFile(run));
  return rebuilt;
}

function keepNewer(file: string): void {
  try {
    const { format } = JSON.parse(readFileSync(file, 'utf8')) as { format?: unknown };
    if (Number.isInteger(format) && (format as number) > 1)
      copyFileSync(file, `${file}.format-${format}`, constants.COPYFILE_EXCL);
  } catch {
    // There is none, it is torn, or it is kept already. Where nothing can be written, it is not written over either.
  }
}
