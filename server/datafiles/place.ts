import path from 'node:path';
import { isImageName } from './images/row.ts';

/** Formats without lines that an editor shows. */
const rowNumbered = new Set(['.parquet', '.arrow', '.json']);

/** Where a row is, as messages say it: `file:17` for a line of a text, `file: row 17` in files that people do not read by lines, the file alone of an image. */
export function place({ file, line }: { file: string; line: number }): string {
  const extension = path.extname(file.replace(/\.gz$/i, '')).toLowerCase();
  if (isImageName(file)) return file;
  return rowNumbered.has(extension) ? `${file}: row ${line}` : `${file}:${line}`;
}
