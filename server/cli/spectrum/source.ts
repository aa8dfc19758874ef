/** What SOURCE of `rankwise spectrum` names: a model, and what sits on it. */

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { recipeFile } from '../../base/run-folder.ts';
import { listAdapters, readAdapterConfig } from '../../checkpoint/peft.ts';
import type { Io } from '../output.ts';
import { demandRecipe, type LoadedRecipe, loadRecipe } from '../recipe.ts';
import { isFolder } from '../run-names.ts';
import { adapterOf, baseOf, weightsOf } from '../weights.ts';

export interface SpectrumSource {
  /** A folder or a hub id. */
  model: string;
  /** An adapter folder, or the model folder that full fine-tuning wrote. */
  adapter?: string;
  /** The recipe's rank at each matrix that it adapts. */
  ranks: ReadonlyMap<string, number>;
}

/**
 * A recipe stands for its model, a run for its base with what it trained, an adapter for the base that it names. Errors: those of recipes
 * and runs, `adapter-not-found`, `base-unknown`.
 */
export async function spectrumSource(
  given: string,
  { adapter, model }: { adapter?: string | undefined; model?: string | undefined },
  io: Io,
): Promise<SpectrumSource> {
  const found = await sourceOf(given, io);
  const base = model ?? found.model;
  if (base === undefined)
    throw new RankwiseError('base-unknown', `${given}: adapter_config.json does not name its base model.`, {
      field: 'base_model_name_or_path',
      hint: 'Name it with --model.',
    });
  const on = adapter === undefined ? found.adapter : adapterOf(adapter);
  return { model: base, ranks: found.ranks ?? new Map(), ...(on !== undefined && { adapter: on }) };
}

async function sourceOf(given: string, io: Io): Promise<Partial<SpectrumSource>> {
  if (statSync(given, { throwIfNoEntry: false })?.isFile()) {
    if (partsOfFolders.test(path.basename(given))) throw partOfFolder(given);
    const loaded = await demandRecipe(given, io);
    return { ...(loaded.model && { model: loaded.model.dir }), ranks: ranksOf(loaded) };
  }
  const weights = weightsOf(given);
  if (weights.isRun) {
    const result = weights.adapter ?? weights.model;
    const run = path.dirname(result);
    const ranks = ranksOf(await loadRecipe(recipeFile(run)));
    return { model: baseOf(run), adapter: result, ranks };
  }
  if (!isFolder(weights.model) || existsSync(path.join(weights.model, 'config.json'))) return { model: weights.model };
  const base = adapterBase(weights.model);
  return base === undefined ? { model: weights.model } : { ...base, adapter: weights.model };
}

/** Weights, and the JSON files beside them. */
const partsOfFolders = /\.(safetensors|bin|pt|pth|gguf|index\.json)$|^(adapter_)?config\.json$/;
const partOfFolder = (given: string) =>
  new RankwiseError('not-a-folder', `${given} is a file of a model or adapter, not its folder.`, {
    file: given,
    hint: `Name the folder: rankwise spectrum ${path.dirname(given)}`,
  });

/** Undefined: the folder holds no adapter; what it is then is for the model's reader to say. */
function adapterBase(folder: string): { model?: string } | undefined {
  try {
    const { base_model_name_or_path: base } = readAdapterConfig(listAdapters(folder)[0]!.dir);
    return typeof base === 'string' && base !== '' ? { model: base } : {};
  } catch (error) {
    if (error instanceof RankwiseError && error.code === 'adapter-not-found') return undefined;
    throw error;
  }
}

const ranksOf = ({ analysis }: LoadedRecipe): Map<string, number> =>
  new Map(analysis.claims.flatMap(({ module, settings }) => (settings.rank > 0 ? [[module.name, settings.rank]] : [])));
