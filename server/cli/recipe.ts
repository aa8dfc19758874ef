/** From a `.peft` file to what all commands about recipes need: one way for validate, estimate, compare and run. */
import { readFileSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { analyse } from '../budget/analyse.ts';
import type { Analysis, World } from '../budget/types.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { loadSavedAdapters } from '../checkpoint/saved-adapter.ts';
import { loadModel, loadSplit } from '../checkpoint/workspace.ts';
import type { SplitName } from '../datafiles/splits.ts';
import { methods } from '../methods/registry.ts';
import type { SubmitParams } from '../protocol/daemon.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { foundIn, type LaunchOptions, submission } from '../recipe/submission.ts';
import type { RecipeDocument } from '../recipe/types.ts';
import type { Io } from './output.ts';
import { hasErrors, reportDiagnostics } from './report.ts';

export interface LoadedRecipe {
  /** Absolute. */
  file: string;
  document: RecipeDocument;
  world: World;
  model?: ModelFacts;
  analysis: Analysis;
}

/** Far beyond any recipe; reading a data file by mistake stops here. */
const sizeLimit = 4 * 2 ** 20;

/** Reads and analyses a recipe; `launch` judges it as a run needs it. Errors: `recipe-unreadable`, `recipe-too-large`. */
export async function loadRecipe(given: string, { launch = false } = {}): Promise<LoadedRecipe> {
  const file = path.resolve(given);
  const document = parseRecipe(readRecipeText(file), methods, path.parse(file).name);
  const folder = path.dirname(file);
  const { model: section, data } = document.partial;
  const label = data?.columns.label ?? 'label';
  const image = section.task === 'image-classification' ? (data?.columns.image ?? 'image') : undefined;
  const split = async (patterns: string | string[] | undefined, role: SplitName) =>
    patterns === undefined ? undefined : (await loadSplit(folder, patterns, label, role, image)).value;
  const [found, train, validation] = await Promise.all([
    section.path === '' ? undefined : loadModel(folder, section),
    split(data?.train, 'train'),
    split(typeof data?.validation === 'number' ? undefined : data?.validation, 'validation'),
  ]);
  const world: World = {
    ...found?.value,
    ...((train || validation) && { data: { ...(train && { train }), ...(validation && { validation }) } }),
    savedAdapters: loadSavedAdapters(folder, document.partial.adapters),
    deviceMemory: totalmem(),
    launch,
  };
  const model = found && 'model' in found.value ? found.value.model : undefined;
  return { file, document, world, ...(model && { model }), analysis: analyse(document, world) };
}

/** A recipe without errors; warnings and errors are shown, and the latter end the command. Errors: `recipe-invalid`. */
export async function demandRecipe(given: string, io: Io, options: { launch?: boolean } = {}): Promise<LoadedRecipe> {
  const loaded = await loadRecipe(given, options);
  const diagnostics = loaded.analysis.diagnostics.filter(isNotable);
  reportDiagnostics(loaded.file, diagnostics, io);
  if (hasErrors(diagnostics)) throw new InvalidRecipe(loaded);
  return loaded;
}

/** What the daemon gets: everything resolved. */
export function submitParams(loaded: LoadedRecipe, options: LaunchOptions = {}): SubmitParams {
  const { file, model, analysis, world } = loaded;
  if (!analysis.recipe || !model) throw new InvalidRecipe(loaded);
  return submission(analysis.recipe, analysis.methods, file, foundIn(model.dir, world.data), options);
}

/** Its reasons have been shown already. */
export class InvalidRecipe extends RankwiseError {
  readonly diagnostics: readonly Diagnostic[];

  constructor({ file, analysis }: LoadedRecipe) {
    super('recipe-invalid', 'The recipe has errors.', { file });
    this.diagnostics = analysis.diagnostics;
  }
}

const isNotable = ({ severity }: Diagnostic): boolean => severity === 'error' || severity === 'warning';

function readRecipeText(file: string): string {
  try {
    // Looked at before it is opened: opening a named pipe would wait for a writer.
    const stat = statSync(file);
    if (stat.isDirectory()) throw unreadable(file, 'it is a folder');
    if (!stat.isFile()) throw unreadable(file, 'it is not a regular file');
    if (stat.size > sizeLimit)
      throw new RankwiseError(
        'recipe-too-large',
        `${file} has ${stat.size} bytes; a recipe has at most ${sizeLimit}.`,
        {
          file,
          hint: 'Is this the recipe? Data belongs into files that the recipe names.',
        },
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof RankwiseError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw unreadable(file, 'there is no such file');
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw unreadable(file, 'it is not UTF-8 text');
    throw unreadable(file, message);
  }
}

const unreadable = (file: string, why: string) =>
  new RankwiseError('recipe-unreadable', `The recipe ${file} cannot be read: ${why}.`, {
    file,
    hint: 'Name a `.peft` file; relative paths start at the working directory.',
  });
