/** A folder as data: its data files, a data set that `datasets` has saved, or one split of either. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { knownFormat } from './formats.ts';
import { imageFiles, isImageMetadata } from './images/folder.ts';
import { isImageName } from './images/row.ts';
import { splitOf } from './splits.ts';

export interface FolderOptions {
  /** How the recipe writes the folder, for messages. */
  spec: string;
  /** The split that is asked for; where it is only what the files are for, those that name no split are as good. */
  split?: string | undefined;
  byRole?: boolean;
}

/** More files than a data set has; the folder is another one. */
const maxFiles = 20_000;
const maxDepth = 8;

/**
 * Absolute paths of the data files of a folder, sorted. Throws `data-missing` for a folder without any, `split-missing` where splits have
 * names and the wanted one is not among them, `subset-missing` where several subfolders hold such files, `too-many-files`.
 */
export const filesOfFolder = async (folder: string, options: FolderOptions): Promise<string[]> =>
  (await lookInto(folder, options)).files;

/** The same; where the files are images, which are many, with the folder that they are all of. Throws `bad-image-folder`, too. */
export async function lookInto(
  folder: string,
  options: FolderOptions,
): Promise<{ files: string[]; imageFolder?: string }> {
  const saved = await savedFiles(folder);
  if (saved) return { files: saved };
  const splits = await namesIn(path.join(folder, 'dataset_dict.json'), 'splits');
  if (splits) return { files: await filesOfFolder(path.join(folder, chosen(splits, options)), { spec: options.spec }) };
  const files = await dataFiles(folder);
  const images = await imagesBeside(files, folder, options);
  if (images) return images;
  if (files.length === 0)
    throw new RankwiseError('data-missing', `${options.spec} is a folder without data files.`, {
      file: folder,
      hint: 'It may hold jsonl, json, csv, tsv, txt, Parquet or Arrow files, a data set from save_to_disk, or images in a folder for each class.',
    });
  const known = files.map((file) => ({ file: path.join(folder, file), ...splitOf(file) }));
  const named = [...new Set(known.flatMap(({ split }) => split ?? []))].sort();
  const found =
    named.length === 0 ? withoutNames(known, options) : known.filter(({ split }) => split === chosen(named, options));
  const subsets = [...new Set(found.map(({ folder: subset }) => subset))].sort();
  if (subsets.length > 1) throw severalSubsets(folder, subsets, options);
  return { files: found.map(({ file }) => file).sort() };
}

/** Beside images these are no data. */
const notes = /\.(txt|json)$/i;

/** The images of a folder or of its split's folder; undefined where the `others` that lie there are data. */
async function imagesBeside(
  others: readonly string[],
  folder: string,
  options: FolderOptions,
): Promise<{ files: string[]; imageFolder: string } | undefined> {
  if (!others.every((file) => isImageMetadata(path.basename(file)) || notes.test(file))) return undefined;
  const entries = await readdir(folder, { withFileTypes: true });
  const inner = entries.filter((entry) => entry.isDirectory() && !/^(\.|__)/.test(entry.name));
  const splits = new Map(inner.map(({ name }) => [splitOf(`${name}/1`).split, name]));
  // A class may be called like a split, but not all of them are.
  if (splits.size > 0 && !splits.has(undefined) && (await imageFiles(path.join(folder, inner[0]!.name)))) {
    const own = path.join(folder, splits.get(chosen([...splits.keys()] as string[], options))!);
    const files = await imageFiles(own);
    return files && { files, imageFolder: own };
  }
  const files = await imageFiles(folder);
  return files && { files, imageFolder: folder };
}

/** Files that state.json lists; undefined where the folder is no saved data set. */
async function savedFiles(folder: string): Promise<string[] | undefined> {
  const file = path.join(folder, 'state.json');
  const state = await jsonIn(file);
  if (!Array.isArray(state?._data_files)) return undefined;
  const names = state._data_files.map((entry: unknown) => (entry as { filename?: unknown } | null)?.filename);
  if (names.every((name) => typeof name === 'string' && path.basename(name) === name))
    return names.map((name) => path.join(folder, name as string));
  throw new RankwiseError('bad-arrow', `${file} does not list the data files of this folder.`, {
    file,
    hint: 'Save the data set again with save_to_disk.',
  });
}

async function namesIn(file: string, field: string): Promise<string[] | undefined> {
  const names = (await jsonIn(file))?.[field];
  return Array.isArray(names) && names.every((name) => typeof name === 'string' && path.basename(name) === name)
    ? (names as string[])
    : undefined;
}

/** Undefined where there is no such file; what does not parse is nothing that `datasets` has written. */
async function jsonIn(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What `datasets` and the hub write beside data. */
const about =
  /^(readme.*|licen[cs]e.*|requirements.*|config\.json|dataset_infos?\.json|state\.json|.*_config\.json|metadata\.json)$/i;
/** What `map` and `filter` of `datasets` have kept beside a data set. */
const derived = /^(cache|tmp).*\.arrow$/;

/** Paths within the folder with `/`, without hidden files and what is no data. Links are followed: the hub's cache is made of them. */
async function dataFiles(folder: string, within = '', depth = 0, found: string[] = []): Promise<string[]> {
  for (const { name } of await readdir(path.join(folder, within), { withFileTypes: true })) {
    if (isImageName(name) || name.startsWith('.') || name.startsWith('__') || about.test(name) || derived.test(name))
      continue;
    const inner = within === '' ? name : `${within}/${name}`;
    const kind = await stat(path.join(folder, inner)).catch(() => undefined);
    if (kind?.isDirectory() && depth < maxDepth) await dataFiles(folder, inner, depth + 1, found);
    else if (kind?.isFile() && knownFormat(name)) found.push(inner);
    if (found.length > maxFiles)
      throw new RankwiseError('too-many-files', `${folder} holds more than ${maxFiles} data files.`, {
        hint: 'Name a deeper folder, or a pattern of files.',
      });
  }
  return found;
}

function withoutNames<F>(files: F[], { spec, split, byRole }: FolderOptions): F[] {
  if (split === undefined || split === 'train' || byRole) return files;
  throw new RankwiseError('split-missing', `${spec}: no split "${split}": the files name no splits.`, {
    field: split,
    hint: 'Call files by their split, such as train.jsonl and validation.jsonl, or name the files themselves.',
  });
}

function chosen(splits: readonly string[], { spec, split }: FolderOptions): string {
  if (split !== undefined && splits.includes(split)) return split;
  if (split === undefined && splits.length === 1) return splits[0]!;
  const bare = spec.replace(/:[\w.]+$/, '');
  const near = split === undefined ? undefined : nearest(split, splits);
  const what = split === undefined ? 'several splits' : `no split "${split}"`;
  throw new RankwiseError('split-missing', `${spec}: ${what}; there are: ${splits.join(', ')}.`, {
    field: split ?? 'split',
    hint: `Name one of them: ${bare}:${near ?? splits[0]}`,
  });
}

export function severalSubsets(
  folder: string,
  subsets: readonly string[],
  { spec, split }: FolderOptions,
): RankwiseError {
  const [, bare, ending] = /^(.*?)\/?(:[\w.]+)?$/.exec(spec)!;
  const named = subsets.filter((subset) => subset !== '');
  return new RankwiseError(
    'subset-missing',
    `${spec}: the data${split ? ` of ${split}` : ''} lies in several folders: ${named.join(', ')}.`,
    {
      file: folder,
      hint: `Name one of them, such as ${bare}/${named[0]}${ending ?? ''}; or all files by a pattern with **.`,
    },
  );
}
