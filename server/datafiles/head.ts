/** The first rows of data files, read within a byte budget: columns and faults for the editor, samples for a preview. */
import { stat } from 'node:fs/promises';
import { RankwiseError } from '../base/errors.ts';
import { formatOf, readRows } from './formats.ts';
import { findFiles } from './globs.ts';
import type { DataHead } from './types.ts';

/** Read from one file at most; rows longer than this show only when the whole file is read. */
const headBytes = 1 << 18;

/** Never throws for faults of patterns, files or rows: they come back as `problems`, with the rows that could be read. */
export async function readHead(patterns: string | readonly string[], { rows: wanted = 20 } = {}): Promise<DataHead> {
  const head: DataHead = { files: [], format: undefined, columns: [], rows: [], problems: [] };
  try {
    head.files = await findFiles(patterns);
    head.format = sameFormat(head.files);
    for (const file of head.format === 'images' ? spread(head.files, wanted) : head.files) {
      if (head.rows.length >= wanted) break;
      const { size } = await stat(file);
      for await (const row of readRows(file, size > headBytes ? { maxBytes: headBytes } : {})) {
        head.rows.push(row);
        if (head.rows.length >= wanted) break;
      }
    }
    if (head.rows.length === 0) head.problems.push(noRows(head.files));
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    head.problems.push(error);
  }
  head.columns = [...new Set(head.rows.flatMap((row) => Object.keys(row.values)))];
  return head;
}

/** Some of many files, from all parts of the list: images of one class stand together. */
const spread = (files: readonly string[], wanted: number): string[] => {
  const step = Math.max(1, files.length / wanted);
  return Array.from({ length: Math.min(wanted, files.length) }, (_, i) => files[Math.floor(i * step)]!);
};

/** The one format of all files. Throws `mixed-formats`. */
export function sameFormat(files: readonly string[]): DataHead['format'] {
  const formats = [...new Set(files.map(formatOf))];
  if (formats.length > 1)
    throw new RankwiseError('mixed-formats', `The data files are of several formats: ${formats.join(', ')}.`, {
      hint: 'Name files of one format.',
    });
  return formats[0];
}

export const noRows = (files: readonly string[]): RankwiseError =>
  new RankwiseError('data-empty', `${files.join(', ')}: no rows.`, {
    ...(files[0] !== undefined && { file: files[0] }),
    hint: 'The file needs at least one example (and a header row, if it is csv).',
  });
