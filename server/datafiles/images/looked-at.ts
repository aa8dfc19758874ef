/** Images that are looked at while a recipe is written: their headers and ends, a few milliseconds at a time. */
import { statSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { RankwiseError } from '../../base/errors.ts';
import { spread } from '../head.ts';
import type { DataHead, Row } from '../types.ts';
import { checkImage, imageOf, type PlacedImage } from './source.ts';

/** Of a folder with more images so many from all its parts; a run looks at all of them before it trains. */
export const mostLookedAt = 2000;
/** Milliseconds of work between looks at messages. */
const slice = 5;

/** Size and time of files that were right: they are not read again. */
const right = new Map<string, string>();
const mostRemembered = 20_000;

/** What is wrong with the first image of a folder, or of a data file's first rows, that is not right. */
export async function imageFault(
  { format, files, rows }: Pick<DataHead, 'format' | 'files' | 'rows'>,
  column: string,
): Promise<RankwiseError | undefined> {
  const images =
    format === 'images'
      ? spread(files, mostLookedAt).map((file): Row => ({ file, line: 1, values: { [column]: file } }))
      : rows;
  let paused = performance.now();
  for (const row of images) {
    const value = row.values[column] ?? row.values.file_name;
    if (value === undefined) continue;
    try {
      look(imageOf(row, value, column));
    } catch (error) {
      if (error instanceof RankwiseError) return error;
      throw error;
    }
    if (performance.now() - paused < slice) continue;
    await pause();
    paused = performance.now();
  }
  return undefined;
}

/** Throws `bad-image`. */
function look(image: PlacedImage): void {
  const file = 'file' in image.source ? image.source.file : undefined;
  const stat = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
  const state = stat && `${stat.mtimeMs}:${stat.size}`;
  if (state !== undefined && right.get(file!) === state) return;
  checkImage(image);
  if (state === undefined) return;
  if (right.size >= mostRemembered) right.clear();
  right.set(file!, state);
}
