import { readLines } from './text.ts';
import type { ReadOptions, Row } from './types.ts';

/** Each line that is not blank is a row with the one column `text`. */
export async function* readTxt(file: string, options: ReadOptions): AsyncGenerator<Row> {
  for await (const { line, text } of readLines(file, options))
    if (text.trim() !== '') yield { file, line, values: { text } };
}
