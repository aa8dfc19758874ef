/** csv (RFC 4180, quotes, line breaks within quotes) and tsv (no quoting, as its registration says), both with a header row. */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { RankwiseError } from '../base/errors.ts';
import { readText } from './text.ts';
import type { ReadOptions, Row } from './types.ts';

const maxRecordSize = 1 << 26;

/** Throws `bad-csv-row` for a stray quote or a row whose number of fields differs from the header's, `bad-csv-header` for its names. */
export async function* readDelimited(file: string, delimiter: ',' | '\t', options: ReadOptions): AsyncGenerator<Row> {
  const source = Readable.from(readText(file, options), { objectMode: false, encoding: 'utf8' });
  const parser = parse({
    delimiter,
    quote: delimiter === ',' ? '"' : null,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordSize,
  });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let header: string[] | undefined;
  let previous: Row | undefined;
  let lastLine = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      lastLine = info.lines;
      const line = lastLine - record.join('').split('\n').length + 1;
      if (previous) yield previous;
      previous = undefined;
      if (!header) {
        header = checkedHeader(file, record);
        continue;
      }
      if (record.length !== header.length)
        throw badRow(file, line, `${record.length} fields where the header has ${header.length}`);
      previous = { file, line, values: Object.fromEntries(header.map((name, i) => [name, record[i]])) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (!options.limit?.reached || error.code !== 'CSV_QUOTE_NOT_CLOSED')
      throw badRow(file, lastLine + 1, error.message);
    // The limit cut through a quoted field, so the row before it is whole.
    if (previous) yield previous;
    return;
  } finally {
    source.destroy();
    parser.destroy();
  }
  // The limit may have cut the last row.
  if (previous && !options.limit?.reached) yield previous;
}

function checkedHeader(file: string, names: string[]): string[] {
  const header = names.map((name) => name.trim());
  const twice = header.find((name, i) => header.indexOf(name) !== i);
  if (twice === undefined) return header;
  const what = twice === '' ? 'two columns without a name' : `the column "${twice}" twice`;
  throw new RankwiseError('bad-csv-header', `${file}:1: ${what}.`, { file, hint: 'The first row names the columns.' });
}

const badRow = (file: string, line: number, what: string) =>
  new RankwiseError('bad-csv-row', `${file}:${line}: ${what}.`, {
    file,
    hint: 'Fields that hold the delimiter, a quote or a line break are put in double quotes.',
  });
