/** From a resolved recipe, or from a model folder with or without a saved adapter, to a model that runs. */
import { RankwiseError } from '../base/errors.ts';
import { claimsOf } from '../budget/claims.ts';
import { type Checkpoint, openCheckpoint, resolveModel } from '../checkpoint/model-folder.ts';
import { tableOf } from '../checkpoint/model-table.ts';
import { listAdapters } from '../checkpoint/peft.ts';
import { demandTrainable } from '../models/registry.ts';
import type { AdapterEntry, Dtype, Recipe, Task } from '../recipe/types.ts';
import type { AssembleInput } from './assemble.ts';
import { trainableModel } from './assemble-model.ts';
import { savedTable } from './assemble-saved.ts';
import type { Preparation } from './decompose.ts';
import type { TrainableModel } from './types.ts';

/**
 * For a recipe as submitted: resolved, its paths absolute. `resumed`: the adapters of a checkpoint of the same run. Throws what `assemble` and
 * opening the model throw.
 */
export async function assembleRecipe(
  recipe: Recipe,
  preparation: Preparation & { resumed?: string } = {},
): Promise<TrainableModel> {
  const { model, adapters, training } = recipe;
  const checkpoint = await openCheckpoint(resolveModel(model.path, { cwd: process.cwd() }));
  try {
    const table = tableOf(checkpoint, model.task, model.num_labels);
    demandTrainable(table.family, model.task);
    const { claims, saved, biases, findings } = claimsOf(recipe, table);
    for (const [index, entry] of adapters.entries()) {
      if (entry.path !== undefined || claims.some((claim) => claim.index === index)) continue;
      const found = findings[0];
      const message = found?.message ?? `The adapter \`${entry.name}\` matches no module.`;
      throw new RankwiseError(found?.code ?? 'target-matches-nothing', message, { field: `adapters.${index}` });
    }
    const { seed, gradient_checkpointing: checkpointing, label_smoothing: labelSmoothing, neftune_alpha } = training;
    const softened = { labelSmoothing, ...(neftune_alpha !== undefined && { neftune: neftune_alpha }) };
    const parts = { table, claims, saved, biases, checkpoint, ...softened, ...preparation };
    return await trainableModel({ model, adapters, held: model.dtype, seed, checkpointing, ...parts });
  } finally {
    checkpoint.close();
  }
}

type FolderPreparation = Preparation & Pick<AssembleInput, 'weighable'> & { task?: Task };

/**
 * For running and merging: a model (folder, or id in the local Hugging Face cache) with the adapters of a folder, if given. The task
 * is `task`, else the adapter's, else that of config.json's class; throws `no-task` where neither says one that is known. The base is held as it is
 * stored, which is exact, unless `held` says otherwise.
 */
export async function assembleFolder(
  modelPath: string,
  adapterFolder?: string,
  held: Dtype | 'stored' = 'stored',
  preparation: FolderPreparation = {},
): Promise<TrainableModel> {
  const checkpoint = await openCheckpoint(resolveModel(modelPath, { cwd: process.cwd() }));
  try {
    return await trainableModel(folderInput(checkpoint, modelPath, adapterFolder, held, preparation));
  } finally {
    checkpoint.close();
  }
}

/** What `assembleFolder` puts together. */
export function folderInput(
  checkpoint: Checkpoint,
  modelPath: string,
  adapterFolder: string | undefined,
  held: Dtype | 'stored',
  { task: wanted, ...preparation }: FolderPreparation,
): AssembleInput {
  const folders = adapterFolder === undefined ? [] : listAdapters(adapterFolder);
  const { task, table } = savedTable(checkpoint, adapterFolder, wanted);
  const entries = folders.map((found) => savedEntry(found.name, found.dir));
  const model = { path: modelPath, task, dtype: 'float32' } as const;
  return { model, adapters: entries, held, seed: 0, table, claims: [], saved: [], checkpoint, ...preparation };
}

const savedEntry = (name: string, path: string): AdapterEntry => ({
  name,
  path,
  method: '',
  exclude_modules: [],
  layers_to_transform: 'all',
  rank_pattern: {},
  alpha_pattern: {},
  options: {},
});
