/** The first rows of data files, read within a byte budget: columns and faults for the editor, samples for a preview. */
import { RankwiseError } from '../base/errors.ts';
import { formatNamed, formatOf } from './formats.ts';
import { findFiles } from './globs.ts';
import { ByteLimit, type DataHead } from './types.ts';

/** Never throws for faults of patterns, files or rows: they come back as `problems`, with the rows that could be read. */
export async function readHead(patterns: string | readonly string[], { rows: wanted = 20 } = {}): Promise<DataHead> {
  const head = empty();
  try {
    head.files = await findFiles(patterns);
    head.format = sameFormat(head.files);
    if (head.format) await readInto(head, head.format, wanted);
  } catch (error) {
    if (!(error instanceof RankwiseError)) throw error;
    head.problems.push(error);
  }
  const seen = new Set(head.rows.flatMap((row) => Object.keys(row.values)));
  head.unread = head.rows.length === 0 ? [] : head.columns.filter((column) => !seen.has(column));
  head.columns = [...new Set([...head.columns, ...seen])];
  return head;
}

/** Some of many files, from all parts of the list: images of one class stand together. */
export const spread = (files: readonly string[], wanted: number): string[] => {
  const step = Math.max(1, files.length / wanted);
  return Array.from({ length: Math.min(wanted, files.length) }, (_, i) => files[Math.floor(i * step)]!);
};

const empty = (): DataHead => ({
  files: [],
  format: undefined,
  columns: [],
  rows: [],
  unread: [],
  labelNames: {},
  problems: [],
});

async function readInto(head: DataHead, format: NonNullable<DataHead['format']>, wanted: number): Promise<void> {
  const { rows, declared, headBytes } = formatNamed(format);
  const [first] = head.files;
  if (declared && first !== undefined) Object.assign(head, await declared(first));
  let more = false;
  for (const file of format === 'images' ? spread(head.files, wanted) : head.files) {
    if (head.rows.length >= wanted) break;
    const limit = new ByteLimit(headBytes);
    for await (const row of rows(file, { limit })) {
      head.rows.push(row);
      if (head.rows.length >= wanted) break;
    }
    more ||= limit.reached;
    // Declared columns are known without rows; the next file's would be as large.
    if (limit.reached && declared) break;
  }
  if (head.rows.length === 0 && !(declared && more)) head.problems.push(noRows(head.files));
}

/** The one format of all files. Throws `mixed-formats`. */
function sameFormat(files: readonly string[]): DataHead['format'] {
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
