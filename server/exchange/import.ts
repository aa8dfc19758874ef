/** A file of another tool as the text of a recipe. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';
import { draftOfAxolotl } from './axolotl.ts';
import { type Draft, draftText } from './draft.ts';
import { draftOfPeft } from './peft.ts';

export interface Imported {
  /** The recipe. */
  text: string;
  /** A name for its file, without ending. */
  name: string;
  /** What was not taken over; in the text as comments. */
  notes: string[];
}

/** Such files have a few thousand bytes. */
const sizeLimit = 2 ** 20;

/**
 * Reads an adapter_config.json (or the folder that holds one) or a YAML file of axolotl. Errors: `not-importable`, `file-not-readable`, `bad-adapter-config`,
 * `bad-axolotl-config`, `unsupported-adapter`.
 */
export function importFile(given: string): Imported {
  const file = isFolder(given) ? path.join(given, 'adapter_config.json') : given;
  const text = readText(file);
  const draft = draftOf(text, file);
  const name =
    path.basename(file) === 'adapter_config.json' ? path.basename(path.dirname(file)) : path.parse(file).name;
  return { text: draftText(draft), name, notes: draft.notes };
}

function draftOf(text: string, file: string): Draft {
  if (/\.ya?ml$/i.test(file)) return draftOfAxolotl(text, file);
  if (!/\.json$/i.test(file))
    throw new RankwiseError('not-importable', `${file} is neither JSON nor YAML.`, { file, hint: known });
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new RankwiseError('bad-adapter-config', `${file} is not valid JSON.`, { file, cause });
  }
  if (isRecord(config) && typeof config.peft_type === 'string') return draftOfPeft(config, file);
  throw new RankwiseError('not-importable', `${file} has no peft_type: it is no adapter of PEFT.`, {
    file,
    hint: known,
  });
}

const known = 'Import an adapter_config.json of PEFT, or a YAML file of axolotl.';

function isFolder(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // A loop of links, no permission: reading it says so.
    return false;
  }
}

function readText(file: string): string {
  try {
    const stats = statSync(file);
    // Reading a pipe or a device would wait forever.
    if (!stats.isFile()) throw new RangeError('it is not a plain file');
    if (stats.size > sizeLimit) throw new RangeError(`it is larger than ${sizeLimit / 2 ** 20} MiB`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RankwiseError('file-not-readable', `${file} cannot be read: ${(cause as Error).message}`, {
      file,
      cause,
    });
  }
}
