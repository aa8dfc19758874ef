/** UTF-8 text of a file, piece by piece, and its lines with their numbers; what is not text fails with file and line. */
import { open } from 'node:fs/promises';
import { RankwiseError } from '../base/errors.ts';
import type { ReadOptions } from './types.ts';

const chunkBytes = 1 << 16;
/** A "line" beyond this is a binary file or one JSON array in disguise; it would only fill the memory. */
const maxLineLength = 1 << 26;

/** Pieces of the decoded text, without a byte order mark. */
export async function* readText(file: string, { maxBytes, onBytes }: ReadOptions = {}): AsyncGenerator<string> {
  const limit = maxBytes ?? Number.POSITIVE_INFINITY;
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw notReadable(file, error);
  });
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let line = 1;
    for (let offset = 0; offset < limit; ) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, limit - offset));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset).catch((error) => {
        throw notReadable(file, error);
      });
      const bytes = buffer.subarray(0, bytesRead);
      if (offset === 0) refuseUtf16(file, bytes);
      const nul = bytes.indexOf(0);
      if (nul >= 0) throw nulByte(file, line + newlines(bytes.subarray(0, nul)));
      // The end of the file ends the last character too; a limit may cut through one.
      const text = decode(file, decoder, bytes, bytesRead > 0, line);
      if (text !== '') yield text;
      if (bytesRead === 0) return;
      line += newlines(bytes);
      offset += bytesRead;
      onBytes?.(bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Lines without their ends (LF or CRLF), numbered from 1. With `maxBytes`, the last line counts as cut and is left out. */
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
  if (rest !== '' && options.maxBytes === undefined)
    yield { line: line + 1, text: rest.endsWith('\r') ? rest.slice(0, -1) : rest };
}

function decode(file: string, decoder: TextDecoder, bytes: Uint8Array, stream: boolean, line: number): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    const before = new TextDecoder().decode(bytes).split('\uFFFD')[0]!;
    const at = line + before.split('\n').length - 1;
    throw new RankwiseError('bad-encoding', `${file}:${at}: not valid UTF-8.`, {
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
  new RankwiseError('nul-byte', `${file}:${line}: a NUL byte; this is not a text file, or a damaged one.`, {
    file,
    hint: 'Write the data again, as jsonl, csv, tsv or txt.',
  });

function notReadable(file: string, error: NodeJS.ErrnoException): RankwiseError {
  if (error.code === 'ENOENT') return new RankwiseError('data-missing', `${file}: there is no such file.`, { file });
  if (error.code === 'EISDIR')
    return new RankwiseError('data-missing', `${file}: a folder, not a file.`, {
      file,
      hint: 'Name files: folder/*.jsonl',
    });
  return new RankwiseError('data-unreadable', `${file}: cannot be read (${error.code ?? error.message}).`, { file });
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
