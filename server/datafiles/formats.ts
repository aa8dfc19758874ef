/** File formats by extension. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { declaredByArrow, readArrow } from './arrow.ts';
import { readDelimited } from './csv.ts';
import { imageEndings, readImageFile } from './images/row.ts';
import { readJson } from './json.ts';
import { readJsonl } from './jsonl.ts';
import { declaredByParquet, readParquet } from './parquet.ts';
import { readTxt } from './txt.ts';
import type { DataFormat, Declared, ReadOptions, Row } from './types.ts';

const extensions: Record<string, DataFormat> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.txt': 'txt',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  ...Object.fromEntries(imageEndings.map((ending) => [ending, 'images' as const])),
};

interface Format {
  rows(file: string, options: ReadOptions): AsyncGenerator<Row>;
  /** Where the file itself names its columns. */
  declared?(file: string): Promise<Declared>;
  /** Bytes that a head reads of a file at most. */
  headBytes: number;
}

/** Rows longer than this show only when the whole file is read. */
const textHead = 1 << 18;
/** Some pages or batches: they are decoded whole. */
const pagedHead = 1 << 22;

const formats: Record<DataFormat, Format> = {
  jsonl: { rows: readJsonl, headBytes: textHead },
  json: { rows: readJson, headBytes: textHead },
  csv: { rows: (file, options) => readDelimited(file, ',', options), headBytes: textHead },
  tsv: { rows: (file, options) => readDelimited(file, '\t', options), headBytes: textHead },
  txt: { rows: readTxt, headBytes: textHead },
  parquet: { rows: readParquet, declared: declaredByParquet, headBytes: pagedHead },
  arrow: { rows: readArrow, declared: declaredByArrow, headBytes: pagedHead },
  images: { rows: readImageFile, headBytes: textHead },
};

/** The format that the name says, `.gz` aside for text; undefined where it says none. */
export function knownFormat(file: string): DataFormat | undefined {
  const name = file.toLowerCase();
  const plain = name.endsWith('.gz') ? name.slice(0, -3) : name;
  const format = extensions[path.extname(plain)];
  return plain !== name && format && formats[format].declared ? undefined : format;
}

/** Throws `unknown-format` for what is not read. */
export function formatOf(file: string): DataFormat {
  const format = knownFormat(file);
  if (format) return format;
  const extension = path.extname(file).toLowerCase();
  throw new RankwiseError('unknown-format', `${file}: the extension "${extension}" names no known data format.`, {
    file,
    hint: packed.includes(extension)
      ? 'Decompress it first; text is also read from .gz.'
      : `Known are ${Object.keys(extensions).join(', ')}, and text compressed as .gz.`,
  });
}

const packed = ['.zst', '.bz2', '.xz', '.zip', '.tar', '.gz', '.tgz', '.7z'];

export const formatNamed = (format: DataFormat): Format => formats[format];

/** All rows of one file in order. Throws RankwiseErrors that name file and row; a file without rows yields nothing. */
export function readRows(file: string, options: ReadOptions = {}): AsyncGenerator<Row> {
  return formats[formatOf(file)].rows(file, options);
}
