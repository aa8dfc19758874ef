import { RankwiseError } from '../base/errors.ts';
import { readLines } from './text.ts';
import type { ReadOptions, Row } from './types.ts';

/** One JSON object a line; blank lines are skipped. Throws `bad-json-line`. */
export async function* readJsonl(file: string, options: ReadOptions): AsyncGenerator<Row> {
  for await (const { line, text } of readLines(file, options)) {
    if (text.trim() === '') continue;
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch (error) {
      throw badLine(file, line, `not valid JSON (${(error as Error).message})`);
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw badLine(file, line, `${Array.isArray(values) ? 'a list' : 'a bare value'} instead of an object`);
    yield { file, line, values: values as Record<string, unknown> };
  }
}

const badLine = (file: string, line: number, what: string) =>
  new RankwiseError('bad-json-line', `${file}:${line}: ${what}.`, {
    file,
    hint: 'Each line is one JSON object: {"text": "…", "label": 0}',
  });
