/** Where Hugging Face's libraries keep what they have downloaded. */
import { homedir } from 'node:os';
import path from 'node:path';

export type Environment = Record<string, string | undefined>;

/** As huggingface_hub finds it: HF_HUB_CACHE, else HF_HOME/hub, else the user's cache folder. */
export const hubCache = (env: Environment): string => env.HF_HUB_CACHE || path.join(home(env), 'hub');

/** As `datasets` finds it: HF_DATASETS_CACHE, else HF_HOME/datasets, else the user's cache folder. */
export const datasetsCache = (env: Environment): string => env.HF_DATASETS_CACHE || path.join(home(env), 'datasets');

const home = (env: Environment): string =>
  env.HF_HOME || path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'huggingface');
