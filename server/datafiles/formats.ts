/** File formats by extension. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { readDelimited } from './csv.ts';
import { imageEndings, readImageFile } from './images/row.ts';
import { readJsonl } from './jsonl.ts';
import { readTxt } from './txt.ts';
import type { DataFormat, ReadOptions, Row } from './types.ts';

const extensions: Record<string, DataFormat> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.txt': 'txt',
  ...Object.fromEntries(imageEndings.map((ending) => [ending, 'images' as const])),
};

const readers: Record<DataFormat, (file: string, options: ReadOptions) => AsyncGenerator<Row>> = {
  jsonl: readJsonl,
  csv: (file, options) => readDelimited(file, ',', options),
  tsv: (file, options) => readDelimited(file, '\t', options),
  txt: readTxt,
  images: readImageFile,
};

/** Throws `format-later` for parquet, `unknown-format` for anything else that is not read. */
export function formatOf(file: string): DataFormat {
  const extension = path.extname(file).toLowerCase();
  const format = extensions[extension];
  if (format) return format;
  if (extension === '.parquet')
    throw new RankwiseError('format-later', `${file}: Parquet files cannot be read yet; that comes later.`, {
      file,
      hint: 'Convert it to jsonl for now, e.g. with pandas: read_parquet(…).to_json(…, orient="records", lines=True)',
    });
  throw new RankwiseError('unknown-format', `${file}: the extension "${extension}" names no known data format.`, {
    file,
    hint: `Known are ${Object.keys(extensions).join(', ')}.`,
  });
}

/** All rows of one file in order. Throws RankwiseErrors that name file and line; a file without rows yields nothing. */
export function readRows(file: string, options: ReadOptions = {}): AsyncGenerator<Row> {
  return readers[formatOf(file)](file, options);
}
