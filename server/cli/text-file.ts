/** Files that commands write for people. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFileAtomic } from '../base/files.ts';

/** Writes a file that is not there yet and returns its absolute path. Errors: `output-exists`. */
export function writeNew(given: string, text: string): string {
  const file = path.resolve(given);
  if (existsSync(file))
    throw new RankwiseError('output-exists', `${file} exists already.`, { file, hint: 'Choose another -o.' });
  makeFolder(path.dirname(file));
  writeFileAtomic(file, text);
  return file;
}
