/** What the command line prints: results on standard output, everything else on standard error. */
import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

export interface Io {
  /** `--json`: standard output carries JSON and nothing else. */
  json: boolean;
  /** A line of text for people; nothing with `--json`. */
  say(text: string): void;
  /** A part of a line, at once. */
  write(text: string): void;
  /** One JSON value on one line; nothing without `--json`. */
  value(value: unknown): void;
  /** What stands for the result after a fault, with `--json`; nothing where values have been printed already. */
  fault(value: unknown): void;
  /** A line on standard error. */
  warn(text: string): void;
  /** Standard output shows a progress line that is rewritten. */
  live: boolean;
  columns(): number;
  paint(format: Format, text: string): string;
  paintError(format: Format, text: string): string;
}

export function makeIo(json: boolean, env: NodeJS.ProcessEnv = process.env): Io {
  const { stdout, stderr } = process;
  const coloured = (stream: NodeJS.WriteStream) => stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const paints = (on: boolean) => (format: Format, text: string) =>
    on ? styleText(format, text, { validateStream: false }) : text;
  let answered = false;
  const value = (result: unknown) => {
    if (!json) return;
    answered = true;
    stdout.write(`${JSON.stringify(result)}\n`);
  };
  return {
    json,
    say: (text) => void (json || stdout.write(`${text}\n`)),
    write: (text) => void stdout.write(text),
    value,
    fault: (instead) => void (answered || value(instead)),
    warn: (text) => void stderr.write(`${text}\n`),
    live: !json && stdout.isTTY === true && env.TERM !== 'dumb',
    columns: () => stdout.columns || 80,
    paint: paints(!json && coloured(stdout)),
    paintError: paints(coloured(stderr)),
  };
}

/** Columns as wide as their widest cell; those named in `right` are right-aligned. Colours come after. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - [...cell].length);
        return right.includes(column) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Text from files and recipes, without the control characters that would steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
export const plain = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

/** The same within a line, whatever it holds. */
export const oneLine = (text: string): string => plain(text.trim().replace(/\s*\n\s*/g, ' ⏎ '));
