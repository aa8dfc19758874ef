/** From a `.peft` file to what all commands about recipes need: one way for validate, estimate, compare and run. */
import { readFileSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { analyse } from '../budget/analyse.ts';
import { type JudgedPoint, judgePoint, pointFindings, pointsOf, readPoint } from '../budget/sweep.ts';
import type { Analysis, World } from '../budget/types.ts';
import { chatOf, loadChat } from '../checkpoint/chat-check.ts';
import { submitter } from '../checkpoint/inputs.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { loadSavedAdapters } from '../checkpoint/saved-adapter.ts';
import { loadVocabulary } from '../checkpoint/vocabulary.ts';
import { loadModel, loadSplit } from '../checkpoint/workspace.ts';
import type { SplitName } from '../datafiles/splits.ts';
import { methods } from '../methods/registry.ts';
import type { SubmitParams } from '../protocol/daemon.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import { byPosition } from '../recipe/findings.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { type LaunchOptions, sweepSubmission } from '../recipe/submission.ts';
import type { Recipe, RecipeDocument } from '../recipe/types.ts';
import { version } from '../wire/version.ts';
import type { Io } from './output.ts';
import { hasErrors, reportDiagnostics } from './report.ts';

export interface LoadedRecipe {
  /** Absolute. */
  file: string;
  document: RecipeDocument;
  world: World;
  model?: ModelFacts;
  analysis: Analysis;
  /** Of a sweep without errors, where they were asked for. */
  points?: LaunchPoint[];
}

/** A judged point with what it runs on. */
export interface LaunchPoint extends JudgedPoint {
  world: World;
  model?: ModelFacts;
}

/** Far beyond any recipe; reading a data file by mistake stops here. */
const sizeLimit = 4 * 2 ** 20;

/** `launch`: judged as a run needs it; `points`: of a sweep, too, whose errors are the recipe's. */
export interface LoadOptions {
  launch?: boolean;
  points?: boolean;
}

/** Reads and analyses a recipe. Errors: `recipe-unreadable`, `recipe-too-large`. */
export async function loadRecipe(
  given: string,
  { launch = false, points: wanted = false }: LoadOptions = {},
): Promise<LoadedRecipe> {
  const file = path.resolve(given);
  const document = parseRecipe(readRecipeText(file), methods, path.parse(file).name);
  const known = new Map<string, Promise<Found>>();
  /** Points share what they name alike. */
  const worldOf = (partial: Recipe): Promise<Found> => {
    const { model, data, adapters, training } = partial;
    const named = adapters.map((a) => a.path);
    const key = JSON.stringify([model, data, named, training.samples]);
    const found = known.get(key) ?? loadWorld(partial, path.dirname(file), launch);
    known.set(key, found);
    return found;
  };
  const { world, model } = await worldOf(document.partial);
  const analysis = analyse(document, world);
  const loaded = { file, document, world, ...(model && { model }), analysis };
  if (!wanted || !analysis.recipe?.sweep) return loaded;
  const points: LaunchPoint[] = [];
  for (const point of pointsOf(document)) {
    const read = readPoint(point, document.partial.name);
    const found = await worldOf(read.partial);
    points.push({ ...judgePoint(point, read, found.world), ...found });
  }
  const diagnostics = [...analysis.diagnostics, ...pointFindings(document, points)].sort(byPosition);
  return { ...loaded, analysis: { ...analysis, diagnostics }, points };
}

interface Found {
  world: World;
  model?: ModelFacts;
}

/** What a recipe names, read from its folder. */
async function loadWorld(partial: Recipe, folder: string, launch: boolean): Promise<Found> {
  const { model: section, data } = partial;
  const rows = { task: section.task, columns: data?.columns ?? {} };
  const split = async (patterns: string | string[] | undefined, role: SplitName) =>
    patterns === undefined ? undefined : (await loadSplit(folder, patterns, { role, ...rows })).value;
  const [found, train, validation] = await Promise.all([
    section.path === '' ? undefined : loadModel(folder, section),
    split(data?.train, 'train'),
    split(typeof data?.validation === 'number' ? undefined : data?.validation, 'validation'),
  ]);
  const model = found && 'model' in found.value ? found.value.model : undefined;
  const file = data && model?.tokenizerFile;
  const ask = model && chatOf(partial, model.dir, train);
  const world: World = {
    ...found?.value,
    ...(ask && { chat: (await loadChat(folder, ask)).value }),
    ...(file && (await loadVocabulary(file, model.table.shape.vocab)).value),
    ...((train || validation) && { data: { ...(train && { train }), ...(validation && { validation }) } }),
    savedAdapters: loadSavedAdapters(folder, partial.adapters),
    deviceMemory: totalmem(),
    launch,
  };
  return { world, ...(model && { model }) };
}

/** A recipe without errors; warnings and errors are shown, and the latter end the command. Errors: `recipe-invalid`. */
export async function demandRecipe(given: string, io: Io, options: LoadOptions = {}): Promise<LoadedRecipe> {
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
  return submitter(file, version, options)(analysis.recipe, analysis.methods, model.dir, world.data);
}

/** The same for all points of a sweep; `same` were left out because they compute what an earlier one does. Errors: `sweep-too-large`. */
export function sweepParams(loaded: LoadedRecipe, options: LaunchOptions = {}): ReturnType<typeof sweepSubmission> {
  const { file, analysis, points = [] } = loaded;
  const submit = submitter(file, version, options);
  const all = points.map(({ analysis: { recipe, methods }, values, model, world }) => {
    if (!recipe || !model) throw new InvalidRecipe(loaded);
    return { values, submit: submit(recipe, methods, model.dir, world.data) };
  });
  if (!analysis.recipe) throw new InvalidRecipe(loaded);
  return sweepSubmission(analysis.recipe, all);
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
