/** The open recipes: text, what it says, and what it comes to on its model. Answers from memory; files load beside it. */
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { analyse } from '../budget/analyse.ts';
import type { Analysis, World } from '../budget/types.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { loadModel, loadSplit, type ModelResult, type SplitResult } from '../checkpoint/workspace.ts';
import { methods } from '../methods/registry.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { Recipe, RecipeDocument } from '../recipe/types.ts';
import { FileCache } from './filecache.ts';

/** One version of an open recipe, on what is known of its files. */
export interface RecipeState {
  uri: string;
  /** Absolute path of the recipe; of where it would be, for one that was never saved. */
  file: string;
  document: TextDocument;
  recipe: RecipeDocument;
  world: World;
  /** The model in `world`, with where it is. */
  model: ModelFacts | undefined;
  analysis: Analysis;
  diagnostics: Diagnostic[];
}

/** What the editor watches for us; files outside its folders are compared again while they are in use. */
export const watchedFiles = [
  '**/{config,adapter_config}.json',
  '**/*.safetensors',
  '**/*.safetensors.index.json',
  '**/*.{jsonl,csv,tsv,parquet,txt}',
];

/** No answer waits longer (ms) for files; once they have come, the editor is asked to refresh. */
const patience = 1500;

interface Remembered {
  version: number;
  recipe: RecipeDocument;
  /** The last model that loaded for this recipe: kept while the text is half typed. */
  model?: ModelFacts | undefined;
  analysed?: { inputs: unknown[]; state: RecipeState };
}

export class RecipeStates {
  /** Folder that unsaved recipes count as being in. */
  root = process.cwd();
  private readonly documents: Pick<TextDocuments<TextDocument>, 'get'>;
  private readonly remembered = new Map<string, Remembered>();
  private readonly models: FileCache<ModelResult>;
  private readonly splits: FileCache<SplitResult>;

  /** `changed` is called when files gave something new: what was answered before is out of date. */
  constructor(documents: Pick<TextDocuments<TextDocument>, 'get'>, changed: () => void) {
    this.documents = documents;
    this.models = new FileCache((key) => loadModel(...(JSON.parse(key) as Parameters<typeof loadModel>)), changed);
    this.splits = new FileCache((key) => loadSplit(...(JSON.parse(key) as Parameters<typeof loadSplit>)), changed);
  }

  /** The newest text on the files as known so far; undefined for a document that is not open. */
  now(uri: string): RecipeState | undefined {
    const document = this.documents.get(uri);
    if (!document) return undefined;
    const file = this.fileOf(uri);
    const memory = this.read(document, file);
    const { recipe } = memory;
    const keys = this.keysOf(recipe.partial, path.dirname(file));
    const found = keys.model === undefined ? undefined : this.models.get(keys.model);
    if (found && 'model' in found) memory.model = found.model;
    const halfTyped = recipe.recipe === undefined;
    const model = found && 'model' in found ? found.model : halfTyped ? memory.model : undefined;
    const modelError = found && 'modelError' in found && !model ? found.modelError : undefined;
    const train = keys.train && this.splits.get(keys.train);
    const validation = keys.validation && this.splits.get(keys.validation);

    const inputs = [recipe, model, modelError, train, validation];
    if (memory.analysed && inputs.every((input, i) => input === memory.analysed!.inputs[i]))
      return memory.analysed.state;
    const world: World = {
      ...(model && { model }),
      ...(modelError && { modelError }),
      ...((train || validation) && { data: { ...(train && { train }), ...(validation && { validation }) } }),
      deviceMemory: totalmem(),
    };
    const analysis = analyse(recipe, world);
    const state = { uri, file, document, recipe, world, model, analysis, diagnostics: analysis.diagnostics };
    memory.analysed = { inputs, state };
    return state;
  }

  /** The newest text on its files as they are, unless those keep us waiting. */
  async settled(uri: string): Promise<RecipeState | undefined> {
    const state = this.now(uri);
    if (!state) return undefined;
    const { model, train, validation } = this.keysOf(state.recipe.partial, path.dirname(state.file));
    const loading = [
      model && this.models.settled(model),
      train && this.splits.settled(train),
      validation && this.splits.settled(validation),
    ];
    await withinLimit(Promise.all(loading), patience);
    return this.now(uri);
  }

  recheckFiles(): void {
    this.models.recheck();
    this.splits.recheck();
  }

  forget(uri: string): void {
    this.remembered.delete(uri);
  }

  private read(document: TextDocument, file: string): Remembered {
    const known = this.remembered.get(document.uri);
    if (known?.version === document.version) return known;
    const recipe = parseRecipe(document.getText(), methods, path.parse(file).name);
    const memory: Remembered = { version: document.version, recipe, model: known?.model };
    this.remembered.set(document.uri, memory);
    return memory;
  }

  private fileOf(uri: string): string {
    return uri.startsWith('file:') ? fileURLToPath(uri) : path.join(this.root, 'untitled.peft');
  }

  /** What is to be loaded for a recipe, as keys of the caches: the arguments of their loaders. */
  private keysOf({ model, data }: Recipe, folder: string): { model?: string; train?: string; validation?: string } {
    const { path: spec, task, num_labels } = model;
    const label = data?.columns.label ?? 'label';
    const validation = typeof data?.validation === 'number' ? undefined : data?.validation;
    return {
      ...(spec !== '' && { model: JSON.stringify([folder, { path: spec, task, num_labels }]) }),
      ...(data?.train && { train: JSON.stringify([folder, data.train, label]) }),
      ...(validation && { validation: JSON.stringify([folder, validation, label]) }),
    };
  }
}

/** Resolves with the promise, or when `limit` ms have passed. */
function withinLimit(promise: Promise<unknown>, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limit);
    void promise.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
