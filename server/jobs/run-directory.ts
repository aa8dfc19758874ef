/** A run directory as its job sees it: the recipe in it, what was trained, and the data that the recipe names. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { classNames } from '../architectures/tasks.ts';
import { RankwiseError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { demandRun, recipeFile } from '../base/run-folder.ts';
import { loadChatTemplate } from '../chat/load.ts';
import { readConfig, resolveModel } from '../checkpoint/model-folder.ts';
import { processingIn } from '../checkpoint/preprocessor.ts';
import { type EncodeOptions, encodeFiles } from '../data/encode.ts';
import type { ImageOptions } from '../data/images/store.ts';
import type { EncodingProgress } from '../data/progress.ts';
import { loadTokenizer } from '../data/tokenizer.ts';
import type { Dataset } from '../data/types.ts';
import { methods } from '../methods/registry.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { Recipe } from '../recipe/types.ts';
import { latestCheckpoint } from '../training/checkpoints.ts';
import type { TrainableModel } from '../training/types.ts';
import { homeFolder } from '../wire/places.ts';
import { version } from '../wire/version.ts';

export interface RunRecipe {
  recipe: Recipe;
  text: string;
  /** SHA-256 of the text, hexadecimal. */
  hash: string;
}

/** `recipe.peft` of a run, resolved when it was submitted. Throws `not-a-run`, `bad-recipe`. */
export function readRunRecipe(run: string): RunRecipe {
  demandRun(run);
  const file = recipeFile(run);
  const text = readFileSync(file, 'utf8');
  return { recipe: parseResolved(text, file), text, hash: createHash('sha256').update(text).digest('hex') };
}

/** A recipe that was resolved when it was submitted. Throws `bad-recipe`. */
export function parseResolved(text: string, file = 'recipe.peft'): Recipe {
  const { recipe, diagnostics } = parseRecipe(text, methods, path.basename(path.dirname(file)));
  if (recipe) return recipe;
  const [first] = diagnostics;
  const at = first ? `:${first.range.start.line + 1}` : '';
  throw new RankwiseError('bad-recipe', `${file}${at}: ${first?.message}`, {
    file,
    ...(first?.field && { field: first.field }),
  });
}

/** The recipe for data whose columns have other names: `columns` in place of its `data.columns`. */
export const withColumns = (recipe: Recipe, columns: Record<string, string> | undefined): Recipe =>
  columns && recipe.data ? { ...recipe, data: { ...recipe.data, columns } } : recipe;

/** Names of classes that the data gave numbers to; kept, so that later data gets the same numbers. */
const labelsFile = (run: string): string => path.join(run, 'labels.json');

/** Tokens of a row at most: of an example, and of a packed row. */
export const longestRow = ({ data }: Recipe, { maxLength }: Pick<TrainableModel, 'maxLength'>): number =>
  Math.min(data?.max_length ?? maxLength, maxLength);

export interface EncodeForRun {
  /** Those of the training data, where it named its classes; else those kept in the run, or in the model's config. */
  labelNames?: string[] | undefined;
  signal?: AbortSignal;
  progress?(progress: EncodingProgress): void;
}

/** What a model and its recipe make of a row; a model folder is looked for from `cwd`. */
export function encodeOptions(
  recipe: Recipe,
  model: Pick<TrainableModel, 'task' | 'maxLength' | 'vocabSize' | 'numLabels' | 'image'>,
  cwd: string,
  labelNames: string[] | undefined,
): EncodeOptions {
  const folder = () => resolveModel(recipe.model.path, { cwd });
  return {
    task: model.task,
    columns: recipe.data?.columns ?? {},
    maxLength: longestRow(recipe, model),
    vocabSize: model.vocabSize,
    ...(model.numLabels !== undefined && { numLabels: model.numLabels }),
    ...(labelNames && { labelNames }),
    tokenizer: () => loadTokenizer(folder()),
    ...(model.image && { images: () => imageOptions(cwd, folder(), model.image!) }),
    tokenizerFolder: folder(),
    chat: (tokenizer) => loadChatTemplate(folder(), tokenizer, recipe.data?.chat_template),
    ...(recipe.data?.chat_template !== undefined && { chatTemplate: recipe.data.chat_template }),
  };
}

/** Encodes data files as the run's recipe says, or takes what was kept of them. Throws what `encodeFiles` throws. */
export function encodeForRun(
  run: string,
  recipe: Recipe,
  model: Pick<TrainableModel, 'task' | 'maxLength' | 'vocabSize' | 'numLabels' | 'image'>,
  files: string | readonly string[],
  {
    labelNames = keptLabels(run) ?? configLabels(recipe.model.path, model.numLabels),
    signal,
    progress,
  }: EncodeForRun = {},
): Promise<Dataset> {
  return encodeFiles(files, {
    ...encodeOptions(recipe, model, run, labelNames),
    cache: { home: homeFolder(), version },
    ...(signal && { signal }),
    ...(progress && { progress }),
  });
}

/** Images as the model's folder says that they are made. Throws `bad-preprocessor`. */
function imageOptions(folder: string, model: string, shape: NonNullable<TrainableModel['image']>): ImageOptions {
  return { processing: processingIn(model, readConfig(model), shape), shape, folder };
}

export function keepLabels(run: string, names: readonly string[]): void {
  writeFileAtomic(labelsFile(run), `${JSON.stringify(names)}\n`);
}

export function keptLabels(run: string): string[] | undefined {
  return existsSync(labelsFile(run)) ? (JSON.parse(readFileSync(labelsFile(run), 'utf8')) as string[]) : undefined;
}

/** What the model calls its classes (`classNames`). */
export const configLabels = (modelPath: string, numLabels: number | undefined): string[] | undefined =>
  classNames(readConfig(resolveModel(modelPath, { cwd: process.cwd() })), numLabels);

/** Where the trained weights of a run are: its result, or before that its last checkpoint. Throws `nothing-trained`. */
export async function trainedWeights(run: string): Promise<{ model?: string; adapter?: string }> {
  if (existsSync(path.join(run, 'model'))) return { model: path.join(run, 'model') };
  if (existsSync(path.join(run, 'adapter'))) return { adapter: path.join(run, 'adapter') };
  const checkpoint = await latestCheckpoint(run, () => {});
  const adapter = checkpoint && path.join(checkpoint.path, 'adapter');
  if (adapter && existsSync(adapter)) return { adapter };
  throw new RankwiseError('nothing-trained', `${run} has no trained weights yet.`, {
    hint: 'Wait until the run has finished, or resume it.',
  });
}
