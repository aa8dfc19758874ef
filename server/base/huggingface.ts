/** Where Hugging Face's libraries keep what they have downloaded. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type Environment = Record<string, string | undefined>;

export type RepositoryKind = 'models' | 'datasets';

/** As huggingface_hub finds it: HF_HUB_CACHE, else HF_HOME/hub, else the user's cache folder. */
export const hubCache = (env: Environment): string => env.HF_HUB_CACHE || path.join(home(env), 'hub');

/** A repository's folder there. */
export const hubFolder = (kind: RepositoryKind, id: string, env: Environment): string =>
  path.join(hubCache(env), `${kind}--${id.replace('/', '--')}`);

/** Ids of the repositories among the `names` in the cache, sorted. */
export const hubIds = (kind: RepositoryKind, names: readonly string[]): string[] =>
  names.flatMap((name) => new RegExp(`^${kind}--(.+)$`).exec(name)?.[1]?.replace('--', '/') ?? []).sort();

/** Of a repository's folder there: refs/main holds a commit; the snapshot of that name holds links to the files. */
export function mainSnapshot(folder: string): string | undefined {
  let commit: string;
  try {
    commit = readFileSync(path.join(folder, 'refs', 'main'), 'utf8').trim();
  } catch {
    // No such repository, or only other revisions of it: not found is what the caller reports, with this path.
    return undefined;
  }
  return /^[\w-]{1,64}$/.test(commit) ? path.join(folder, 'snapshots', commit) : undefined;
}

/** As `datasets` finds it: HF_DATASETS_CACHE, else HF_HOME/datasets, else the user's cache folder. */
export const datasetsCache = (env: Environment): string => env.HF_DATASETS_CACHE || path.join(home(env), 'datasets');

const home = (env: Environment): string =>
  env.HF_HOME || path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'huggingface');
