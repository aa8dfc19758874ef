// `data/*.jsonl`, `data/**/part-?.csv`: the files that patterns name. `*` and `?` stay within a folder, `**` crosses folders.

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { filesOfFolder } from './folders.ts';
import { splitSuffix } from './splits.ts';

/** A pattern that visits more than this points at the wrong folder (a whole disk). */
const maxVisited = 100_000;

/**
 * Absolute paths, sorted, each once. A pattern that names an existing file is that file even if it holds stars; a folder stands for its
 * data files (`filesOfFolder`), with `:split` behind it for those of one split.
 * Hidden files are found only by patterns that name them; links to folders are not followed by `**`.
 * Throws `data-missing` for a pattern that names nothing.
 */
export async function findFiles(patterns: string | readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of typeof patterns === 'string' ? [patterns] : patterns)
    for (const file of await expand(path.resolve(pattern), pattern)) found.add(file);
  return [...found].sort();
}

async function expand(absolute: string, pattern: string): Promise<string[]> {
  const here = await stat(absolute).catch(() => undefined);
  if (here?.isFile()) return [absolute];
  if (here?.isDirectory()) return filesOfFolder(absolute, { spec: pattern });
  const suffix = splitSuffix(absolute);
  if (suffix && (await stat(suffix.name).catch(() => undefined))?.isDirectory())
    return filesOfFolder(suffix.name, { spec: pattern, split: suffix.split });
  if (!/[*?]/.test(absolute))
    throw missing(
      absolute,
      `${pattern}: there is no such file.`,
      'Relative paths in a recipe start at its folder, those of a command at the current one.',
    );
  const { root } = path.parse(absolute);
  const segments = absolute.slice(root.length).split(path.sep);
  const fixed = segments.findIndex((s) => /[*?]/.test(s));
  const files: string[] = [];
  await walk(path.join(root, ...segments.slice(0, fixed)), segments.slice(fixed), files, { visited: 0, pattern });
  if (files.length === 0)
    throw missing(absolute, `${pattern} matches no file.`, '* stays within a folder; ** crosses folders.');
  return files;
}

async function walk(
  folder: string,
  [segment, ...rest]: string[],
  files: string[],
  budget: { visited: number; pattern: string },
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  budget.visited += entries.length + 1;
  if (budget.visited > maxVisited)
    throw new RankwiseError('too-many-files', `${budget.pattern} looks through more than ${maxVisited} files.`, {
      hint: 'Start the pattern at a deeper folder.',
    });
  if (segment === '**' && rest.length > 0) await walk(folder, rest, files, budget);
  for (const entry of entries) {
    const name = path.join(folder, entry.name);
    if (segment === '**') {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await walk(name, ['**', ...rest], files, budget);
      else if (rest.length === 0 && (await isFile(name))) files.push(name);
    } else if (matches(entry.name, segment!)) {
      if (rest.length > 0) await walk(name, rest, files, budget);
      else if (await isFile(name)) files.push(name);
    }
  }
}

/** Whether `name` fits a pattern of `*` and `?`, in at most name × pattern steps. */
export function matches(name: string, pattern: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let n = 0;
  let p = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

const isFile = async (name: string): Promise<boolean> => (await stat(name).catch(() => undefined))?.isFile() ?? false;

const missing = (file: string, message: string, hint: string) =>
  new RankwiseError('data-missing', message, { file, hint });
