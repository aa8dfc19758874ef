/** What a recipe names as data: files and patterns as they are, folders, splits, and data sets in the local Hugging Face caches. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import type { Environment } from '../base/huggingface.ts';
import { cachedDataset, datasetId, lookedAt } from './cache.ts';
import { type FolderOptions, lookInto } from './folders.ts';
import { knownFormat } from './formats.ts';
import { type SplitName, splitSuffix } from './splits.ts';

export interface NamedOptions {
  /** Relative paths start here. */
  folder: string;
  /** What the data is for: the split that is taken where none is named. */
  role: SplitName;
  env?: Environment;
}

/**
 * Absolute paths and patterns of `specs`. A path that is there wins; `PATH:SPLIT` and `ORGANISATION/NAME/SUBSET:SPLIT` name splits. Nothing
 * is ever downloaded. Throws `data-missing`, and what `filesOfFolder` throws.
 */
export async function resolveData(specs: string | readonly string[], options: NamedOptions): Promise<string[]> {
  const found: string[] = [];
  for (const spec of typeof specs === 'string' ? [specs] : specs) found.push(...(await resolveOne(spec, options)));
  return found;
}

async function resolveOne(spec: string, { folder, role, env = process.env }: NamedOptions): Promise<string[]> {
  const absolute = path.resolve(folder, spec);
  const byRole = { spec, split: role, byRole: true };
  if (await isFolder(absolute)) return ofFolder(absolute, byRole);
  if (/[*?]/.test(spec) || knownFormat(spec) || (await exists(absolute))) return [absolute];
  const suffix = splitSuffix(spec);
  const name = suffix?.name ?? spec;
  const local = path.resolve(folder, name);
  const wanted = suffix ? { spec, split: suffix.split } : byRole;
  if (suffix && (await isFolder(local))) return ofFolder(local, wanted);
  if (!datasetId.test(name)) return [absolute];
  const files = await cachedDataset(name, { spec, split: suffix?.split ?? role }, env);
  if (files) return files;
  const [organisation, rest] = [name.split('/').slice(0, 2).join('/'), name.split('/').slice(2).join('/')];
  throw new RankwiseError('data-missing', `${spec}: there is no such file, and no such data set on this machine.`, {
    file: absolute,
    hint:
      `Looked in: ${[local, ...lookedAt(name, env)].join(', ')}. Download a data set of the hub first: ` +
      `hf download --repo-type dataset ${organisation}${rest ? `; subsets are folders of it: ${organisation}/SUBSET` : ''}`,
  });
}

/** The files one by one; of images, which are many, the folder. */
async function ofFolder(folder: string, options: FolderOptions): Promise<string[]> {
  const { files, imageFolder } = await lookInto(folder, options);
  return imageFolder === undefined ? files : [imageFolder];
}

const isFolder = async (name: string): Promise<boolean> =>
  (await stat(name).catch(() => undefined))?.isDirectory() ?? false;
const exists = async (name: string): Promise<boolean> => (await stat(name).catch(() => undefined)) !== undefined;
