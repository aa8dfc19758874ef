/** `.json`: an array of objects, an object with such an array as `data`, or objects one after the other, read as they come. */
import { RankwiseError } from '../base/errors.ts';
import { place } from './place.ts';
import { maxLineLength, readText } from './text.ts';
import type { ReadOptions, Row } from './types.ts';

/** Rows are counted from 1: an array may well stand on one line. Throws `bad-json-line`, `line-too-long`. */
export async function* readJson(file: string, options: ReadOptions): AsyncGenerator<Row> {
  const cutter = new Cutter();
  let line = 1;
  for await (const piece of readText(file, options)) {
    for (const text of cutter.feed(piece)) yield rowOf(file, line++, text);
    if (cutter.pending > maxLineLength)
      throw new RankwiseError('line-too-long', `${place({ file, line })}: more than ${maxLineLength} characters.`, {
        file,
        hint: 'The file is to be an array of objects, one for each example.',
      });
  }
  if (!options.limit?.reached && cutter.open) throw badRow(file, line, 'the file ends within it');
}

function rowOf(file: string, line: number, text: string): Row {
  if (!text.startsWith('{')) throw badRow(file, line, 'something else than an object');
  try {
    return { file, line, values: JSON.parse(text) as Record<string, unknown> };
  } catch (error) {
    throw badRow(file, line, `not valid JSON (${(error as Error).message})`);
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [bracket, unbracket, brace, unbrace] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** Cuts the texts of rows out of pieces of a file. What is in them JSON.parse judges. */
class Cutter {
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Depth at which rows stand: 0 one after the other, 1 in an array, 2 in the array `data` of an object. */
  private rowDepth: number | undefined;
  /** The row as far as it has come. */
  private text = '';
  private inRow = false;
  /** After `[` of the first object's `data`, whose elements may be the rows. */
  private atData = false;
  private rows = 0;
  private ended = false;

  get pending(): number {
    return this.text.length;
  }

  /** Whether the file may not end here. */
  get open(): boolean {
    return this.inRow || (!this.ended && this.depth > 0);
  }

  /** Complete rows; the first character alone of what is no object. */
  *feed(piece: string): Generator<string> {
    /** Where the row starts in the piece. */
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      const code = piece.charCodeAt(i);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (code === backslash) this.escaped = true;
        else if (code === quote) this.inString = false;
        continue;
      }
      if (isSpace(code) || this.ended) continue;
      if (this.rowDepth === undefined && code === bracket) {
        this.rowDepth = 1;
        this.depth = 1;
        continue;
      }
      this.rowDepth ??= 0;
      if (this.atData && code === brace) {
        this.rowDepth = 2;
        this.inRow = false;
        this.text = '';
      }
      this.atData = false;
      if (!this.inRow) {
        if (code === comma) continue;
        if (code === unbracket && this.rowDepth > 0) {
          this.ended = true;
          continue;
        }
        this.inRow = true;
        from = i;
        if (code !== brace) yield piece[i]!;
      }
      if (code === quote) this.inString = true;
      else if (code === brace || code === bracket) {
        const first = code === bracket && this.rows === 0 && this.rowDepth === 0 && this.depth === 1;
        this.atData = first && isData(`${this.text.slice(-40)}${piece.slice(Math.max(from, i - 40), i)}`);
        this.depth++;
      } else if (code === unbrace || code === unbracket) {
        this.depth--;
        if (this.depth > this.rowDepth) continue;
        yield this.text + piece.slice(from, i + 1);
        this.rows++;
        this.text = '';
        this.inRow = false;
      }
    }
    if (this.inRow) this.text += piece.slice(from);
  }
}

const isData = (before: string): boolean => /[{,]\s*"data"\s*:\s*$/.test(before);

const badRow = (file: string, line: number, what: string) =>
  new RankwiseError('bad-json-line', `${place({ file, line })}: ${what}.`, {
    file,
    hint: 'The file is to be an array of objects: [{"text": "…", "label": 0}, …]',
  });
