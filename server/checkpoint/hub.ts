/** Models and data sets in the local Hugging Face cache, by hub id. Nothing is ever downloaded. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { hubCache, hubIds } from '../base/huggingface.ts';
import { cachedDatasets } from '../datafiles/cache.ts';
import { wordIn } from './nearby.ts';
import { resolveModel } from './resolve.ts';
import type { Loaded } from './workspace.ts';

export interface HubModel {
  /** "organisation/name", or "name". */
  id: string;
  /** `model_type` of its config.json. */
  kind: string;
}

/** A cache holds dozens; this bounds the time. */
const listed = 200;

/** Models that `resolveModel` finds by their id and that have a config.json, in the order of their ids. */
export async function cachedModels(env: Record<string, string | undefined> = process.env): Promise<Loaded<HubModel[]>> {
  const cache = hubCache(env);
  const names = await readdir(cache).catch(() => []);
  const ids = hubIds('models', names);
  const models: HubModel[] = [];
  for (const id of ids.slice(0, listed)) {
    const folder = folderOf(id, cache, env);
    const config = folder && path.join(folder, 'config.json');
    if (config && (await stat(config).catch(() => undefined))?.isFile())
      models.push({ id, kind: await wordIn(config, 'model_type') });
  }
  return { value: models, files: [cache, ...names.slice(0, listed).map((name) => path.join(cache, name))] };
}

/** Data sets whose ids a recipe may name. */
export async function cachedData(env: Record<string, string | undefined> = process.env): Promise<Loaded<string[]>> {
  return { value: (await cachedDatasets(env)).slice(0, listed), files: [hubCache(env)] };
}

function folderOf(id: string, cache: string, env: Record<string, string | undefined>): string | undefined {
  try {
    return resolveModel(id, { cwd: path.join(cache, '.no-folder-of-this-name'), env });
  } catch {
    // Only other revisions of it, or half of a download.
    return undefined;
  }
}
