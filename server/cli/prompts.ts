/** The prompts of a command line: given as text, or in files. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { usageError } from './command.ts';

/** In the order texts, files. Errors: `usage`, `file-not-readable`, `bad-prompt-file`. */
export function promptsOf(texts: readonly string[] = [], files: readonly string[] = []): string[] {
  const prompts = [...texts, ...files.flatMap(promptsIn)];
  if (prompts.length > 0) return prompts;
  throw usageError('`rankwise generate` needs --prompt or --prompt-file.', '--prompt TEXT: what to go on from.');
}

function promptsIn(file: string): string[] {
  // One line break at the end is the editor's, not the prompt's.
  const text = read(file).replace(/\r?\n$/, '');
  if (path.extname(file) !== '.jsonl') return [text];
  return text.split('\n').map((line, i) => promptOfLine(file, i + 1, line));
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    const message = `${file} cannot be read: ${(cause as Error).message}`;
    throw new RankwiseError('file-not-readable', message, { file, cause });
  }
}

function promptOfLine(file: string, number: number, line: string): string {
  const fault = (what: string) =>
    new RankwiseError('bad-prompt-file', `${file}:${number} ${what}.`, {
      file,
      hint: 'Each line is an object with a text `prompt`: {"prompt": "Once upon a time"}.',
    });
  let value: { prompt?: unknown } | null;
  try {
    value = JSON.parse(line);
  } catch {
    throw fault('is no JSON');
  }
  if (typeof value?.prompt === 'string') return value.prompt;
  throw fault('has no text `prompt`');
}
