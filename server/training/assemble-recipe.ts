/** From a resolved recipe, or from a model folder with or without a saved adapter, to a model that runs. */
import type { ModelConfig } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { claimsOf } from '../budget/claims.ts';
import { type Checkpoint, openCheckpoint, resolveModel } from '../checkpoint/model-folder.ts';
import { tableOf } from '../checkpoint/model-table.ts';
import { listAdapters, peftPrefix, readAdapter } from '../checkpoint/peft.ts';
import type { AdapterEntry, Dtype, Recipe, Task } from '../recipe/types.ts';
import { trainableModel } from './assemble-model.ts';
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
    const { claims, saved, findings } = claimsOf(recipe, table);
    for (const [index, entry] of adapters.entries()) {
      if (entry.path !== undefined || claims.some((claim) => claim.index === index)) continue;
      const found = findings[0];
      const message = found?.message ?? `The adapter \`${entry.name}\` matches no module.`;
      throw new RankwiseError(found?.code ?? 'target-matches-nothing', message, { field: `adapters.${index}` });
    }
    const { seed, gradient_checkpointing: checkpointing } = training;
    const parts = { table, claims, saved, checkpoint, ...preparation };
    return await trainableModel({ model, adapters, held: model.dtype, seed, checkpointing, ...parts });
  } finally {
    checkpoint.close();
  }
}

/**
 * For running and merging: a model (folder, or id in the local Hugging Face cache) with the adapters of a folder, if given. The task
 * is the adapter's, else that of config.json's class; throws `no-task` where neither says one that is known. The base is held as it is
 * stored, which is exact, unless `held` says otherwise.
 */
export async function assembleFolder(
  modelPath: string,
  adapterFolder?: string,
  held: Dtype | 'stored' = 'stored',
  preparation: Preparation = {},
): Promise<TrainableModel> {
  const checkpoint = await openCheckpoint(resolveModel(modelPath, { cwd: process.cwd() }));
  try {
    const { config, dir } = checkpoint;
    const folders = adapterFolder === undefined ? [] : listAdapters(adapterFolder);
    const adapters = await Promise.all(folders.map((found) => readAdapter(found.dir)));
    const task = taskOf(config, adapters[0]?.config.task_type, dir);
    const table = tableOf(checkpoint, task, labelsOf(checkpoint, task, adapters));
    const entries = folders.map((found) => savedEntry(found.name, found.dir));
    const model = { path: modelPath, task, dtype: 'float32' } as const;
    const parts = { table, claims: [], saved: [], checkpoint, ...preparation };
    return await trainableModel({ model, adapters: entries, held, seed: 0, ...parts });
  } finally {
    checkpoint.close();
  }
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

const peftTasks: Record<string, Task> = {
  CAUSAL_LM: 'causal-lm',
  SEQ_CLS: 'sequence-classification',
  SEQ_2_SEQ_LM: 'seq2seq',
};
const classTasks: [string, Task][] = [
  ['ForCausalLM', 'causal-lm'],
  ['LMHeadModel', 'causal-lm'],
  ['ForSequenceClassification', 'sequence-classification'],
  ['ForImageClassification', 'image-classification'],
  ['ForConditionalGeneration', 'seq2seq'],
];

/** The adapter's task, else that of the class that config.json names. Throws `no-task`. */
export function taskOf(config: ModelConfig, adapterTask: unknown, dir: string): Task {
  if (typeof adapterTask === 'string' && Object.hasOwn(peftTasks, adapterTask)) return peftTasks[adapterTask]!;
  const name = Array.isArray(config.architectures) ? String(config.architectures[0]) : '';
  const task = classTasks.find(([suffix]) => name.endsWith(suffix))?.[1];
  if (task) return task;
  throw new RankwiseError('no-task', `${dir}: config.json does not say which head the model has.`, {
    file: `${dir}/config.json`,
    field: 'architectures',
    hint: `Known classes end with ${classTasks.map(([suffix]) => suffix).join(', ')}.`,
  });
}

/** The rows of the head that an adapter brings along; its base may have none, or one for other labels. */
export function labelsOf(
  checkpoint: Checkpoint,
  task: Task,
  adapters: { tensors: ReadonlyMap<string, { shape: number[] }> }[],
) {
  const head = tableOf(checkpoint, task).modules.findLast((module) => module.role === 'task-head');
  const brought = adapters.map(({ tensors }) => tensors.get(`${peftPrefix}${head?.name}.weight`));
  return brought.find((tensor) => tensor !== undefined)?.shape[0];
}
