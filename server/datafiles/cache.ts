/** Data sets in the local Hugging Face caches: snapshots of hub repositories, and what `datasets` has made Arrow files of. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { datasetsCache, type Environment, hubCache, hubFolder, hubIds, mainSnapshot } from '../base/huggingface.ts';
import { type FolderOptions, filesOfFolder, severalSubsets } from './folders.ts';

/** `name`, `organisation/name`, with folders of subsets behind it. */
export const datasetId = /^\w[\w.-]{0,95}(\/\w[\w.-]{0,95}){0,4}$/;

/** The data files of `id`; undefined where neither cache has it. Throws what `filesOfFolder` throws. */
export async function cachedDataset(
  id: string,
  options: FolderOptions,
  env: Environment,
): Promise<string[] | undefined> {
  for (const { repository, subset } of readings(id)) {
    const folder = (await snapshot(repository, subset, env)) ?? (await prepared(repository, subset, options, env));
    if (folder) return filesOfFolder(folder, options);
  }
  return undefined;
}

/** Where `cachedDataset` looks. */
export const lookedAt = (id: string, env: Environment): string[] => {
  const { repository } = readings(id)[0]!;
  return [hubFolder('datasets', repository, env), path.join(datasetsCache(env), preparedName(repository))];
};

/** Ids of the data sets that are there, sorted. */
export const cachedDatasets = async (env: Environment): Promise<string[]> =>
  hubIds('datasets', await readdir(hubCache(env)).catch(() => []));

/** "a/b/c" is b of a with the subset c, or a with the subset b/c. */
function readings(id: string): { repository: string; subset: string }[] {
  const parts = id.split('/');
  return [2, 1]
    .filter((length) => parts.length >= length)
    .map((length) => ({ repository: parts.slice(0, length).join('/'), subset: parts.slice(length).join('/') }));
}

/** The snapshot of refs/main, or a folder in it; subsets are also kept under data/. */
async function snapshot(repository: string, subset: string, env: Environment): Promise<string | undefined> {
  const root = mainSnapshot(hubFolder('datasets', repository, env));
  return root && firstFolder([path.join(root, subset), path.join(root, 'data', subset)]);
}

/** ORGANISATION___name/SUBSET/VERSION/HASH: the newest version of one subset. */
async function prepared(
  repository: string,
  subset: string,
  options: FolderOptions,
  env: Environment,
): Promise<string | undefined> {
  const root = path.join(datasetsCache(env), preparedName(repository));
  const subsets = await foldersIn(root);
  const wanted = subset !== '' ? subset : subsets.length === 1 ? subsets[0]! : 'default';
  if (!subsets.includes(wanted)) {
    if (subset !== '' || subsets.length === 0) return undefined;
    throw severalSubsets(root, subsets.sort(), options);
  }
  const versions: { folder: string; time: number }[] = [];
  for (const version of await foldersIn(path.join(root, wanted)))
    for (const hash of await foldersIn(path.join(root, wanted, version))) {
      const folder = path.join(root, wanted, version, hash);
      versions.push({ folder, time: (await stat(folder)).mtimeMs });
    }
  return versions.sort((a, b) => b.time - a.time)[0]?.folder;
}

/** As `datasets` writes a name: "meta-math/MetaMathQA" is meta-math___meta_math_qa. */
function preparedName(repository: string): string {
  const parts = repository.split('/');
  const name = parts.pop()!;
  const snake = name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();
  return [...parts, snake].join('___');
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.endsWith('.incomplete')).map(({ name }) => name);
}

async function firstFolder(folders: string[]): Promise<string | undefined> {
  for (const folder of folders) if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  return undefined;
}
