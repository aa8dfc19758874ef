/** What RUN_OR_MODEL names: the model folder and, for most runs, the adapter on it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRun, recipeFile } from '../base/run-folder.ts';
import { readRecord } from '../daemon/record.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { findRun, isFolder } from './run-names.ts';

export interface Weights {
  isRun: boolean;
  /** Its directory. */
  run?: string;
  /** A model folder or a hub id. */
  model: string;
  adapter?: string;
}

/** A folder that is no run, and a name that is no known run, are taken as a model. Errors: `nothing-trained`, `ambiguous-run`. */
export function weightsOf(given: string): Weights {
  if (isFolder(given) && !isRun(given)) return { isRun: false, model: path.resolve(given) };
  let run: string;
  try {
    run = findRun(given, { trained: true });
  } catch (error) {
    // A hub id ("org/name") is found in the local cache by the job.
    if (error instanceof RankwiseError && error.code === 'unknown-run') return { isRun: false, model: given };
    throw error;
  }
  const model = path.join(run, 'model');
  if (existsSync(model)) return { isRun: true, run, model };
  const adapter = path.join(run, 'adapter');
  if (existsSync(adapter)) return { isRun: true, run, model: baseOf(run), adapter };
  demandOwn(run);
  throw new RankwiseError('nothing-trained', `${run} has no result yet.`, {
    file: run,
    hint: 'Wait until the run has finished, or resume it.',
  });
}

/** The adapter folder that `--adapter` names: of a run directory, its result. Errors: `adapter-not-found`. */
export function adapterOf(given: string): string {
  const folder = path.resolve(given);
  if (!isRun(folder)) return folder;
  const adapter = path.join(folder, 'adapter');
  if (existsSync(adapter)) return adapter;
  demandOwn(folder);
  throw new RankwiseError('adapter-not-found', `The run ${folder} has no adapter.`, {
    file: folder,
    hint: existsSync(path.join(folder, 'model'))
      ? 'It trained a whole model: name the run itself instead of the model.'
      : 'Wait until the run has finished, or resume it.',
  });
}

/** One that was imported from a log alone has no result, and never will. Errors: `run-imported`. */
function demandOwn(run: string): void {
  const { imported } = readRecord(run) ?? {};
  if (imported)
    throw new RankwiseError(
      'run-imported',
      `The run ${run} was imported from ${imported.from}, where no adapter was.`,
      {
        file: run,
        hint: 'Import it again with the adapter (adapter_config.json and adapter_model.safetensors) beside trainer_state.json.',
      },
    );
}

/** The model that a run started from, from its recipe. Errors: `bad-recipe`. */
export function baseOf(run: string): string {
  const file = recipeFile(run);
  const { recipe } = parseRecipe(readFileSync(file, 'utf8'), methods);
  if (recipe) return recipe.model.path;
  throw new RankwiseError('bad-recipe', `${file} cannot be read as a recipe.`, { file });
}
