/** UTF-8 text of a file, piece by piece, and its lines with their numbers; what is not text fails with file and line. */
import { RankwiseError } from '../base/errors.ts';
import { readBytes } from './disk.ts';
import { place } from './place.ts';
import type { ReadOptions } from './types.ts';

/** A "line" beyond this is a binary file or one JSON array in disguise; it would only fill the memory. */
export const maxLineLength = 1 << 26;

/** Pieces of the decoded text, without a byte order mark. */
export async function* readText(file: string, { limit, onBytes }: ReadOptions = {}): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let first = true;
  for await (const bytes of readBytes(file, limit, onBytes)) {
    if (first) refuseUtf16(file, bytes);
    first = false;
    const nul = bytes.indexOf(0);
    if (nul >= 0) throw nulByte(file, line + newlines(bytes.subarray(0, nul)));
    const text = decode(file, decoder, bytes, true, line);
    if (text !== '') yield text;
    line += newlines(bytes);
  }
  // The end of the file ends the last character too; a limit may cut through one.
  if (!limit?.reached) decode(file, decoder, new Uint8Array(), false, line);
}

/** Lines without their ends (LF or CRLF), numbered from 1. A line that the limit cuts is left out. */
export async function* readLines(
  file: string,
  options: ReadOptions = {},
): AsyncGenerator<{ line: number; text: string }> {
  let rest = '';
  let line = 0;
  for await (const piece of readText(file, options)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const text of lines) yield { line: ++line, text: text.endsWith('\r') ? text.slice(0, -1) : text };
    if (rest.length > maxLineLength)
      throw new RankwiseError(
        'line-too-long',
        `${file}:${line + 1}: a line of more than ${maxLineLength} characters.`,
        {
          file,
          hint: 'Write one example a line.',
        },
      );
  }
  if (rest !== '' && !options.limit?.reached)
    yield { line: line + 1, text: rest.endsWith('\r') ? rest.slice(0, -1) : rest };
}

function decode(file: string, decoder: TextDecoder, bytes: Uint8Array, stream: boolean, line: number): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    const before = new TextDecoder().decode(bytes).split('\uFFFD')[0]!;
    const at = line + before.split('\n').length - 1;
    throw new RankwiseError('bad-encoding', `${place({ file, line: at })}: not valid UTF-8.`, {
      file,
      hint: 'Save the file as UTF-8.',
    });
  }
}

function refuseUtf16(file: string, bytes: Uint8Array): void {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new RankwiseError('bad-encoding', `${file}: the text is UTF-16.`, { file, hint: 'Save the file as UTF-8.' });
}

const nulByte = (file: string, line: number) =>
  new RankwiseError('nul-byte', `${place({ file, line })}: a NUL byte; this is not a text file, or a damaged one.`, {
    file,
    hint: 'Write the data again, as jsonl, csv, tsv or txt.',
  });

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
