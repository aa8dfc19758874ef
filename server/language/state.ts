/** The open recipes: text, what it says, and what it comes to on its model. Answers come from memory. */
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { analyse } from '../budget/analyse.ts';
import type { Analysis, World } from '../budget/types.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { methods } from '../methods/registry.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import { parseRecipe } from '../recipe/parse.ts';
import type { RecipeDocument } from '../recipe/types.ts';
import { isAdapterConfig } from './adapter-config.ts';
import { type Known, RecipeFiles } from './files.ts';

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
  /** Pages about their codes. */
  rulePages: ReadonlyMap<string, string>;
}

/** False for a text too long or too deep to be parsed again while somebody waits. */
export const isReadable = ({ recipe }: RecipeState): boolean =>
  !recipe.diagnostics.some(({ code }) => code === 'recipe-too-large' || code === 'too-deep');

/** No answer waits longer (ms) for files; once they have come, the editor is asked to refresh. */
export const patience = 1500;

/** But what a command asks for does (ms): where files had not come by then, it would have to be given again. */
export const patienceOfCommands = 15_000;

/** Whether the text says as little of the model as while it is being typed: no path, or none that could be read or looked up yet. */
function isHalfTyped({ partial, diagnostics }: RecipeDocument, { model, modelError }: Known): boolean {
  if (partial.model.path === '' || (!model && !modelError)) return true;
  // An open quote swallows what follows.
  return model === undefined && diagnostics.some(({ code }) => code === 'yaml-syntax');
}

/**
 * Recipes whose claims are kept: on a large model they take megabytes, and an editor asks for the few that it shows. Those of the others are
 * worked out again when they are shown.
 */
const kept = 4;

interface Remembered {
  version: number;
  recipe: RecipeDocument;
  /** The last model of this recipe: it stays while `model.path` is being typed. */
  model: ModelFacts | undefined;
  state?: RecipeState;
  /** Of the files, when `state` was worked out. */
  generation?: number;
}

export class RecipeStates {
  /** Folders of the workspace; unsaved recipes count as being in the first. */
  roots: string[] = [];
  rulePages: ReadonlyMap<string, string> = new Map();
  private severities: NonNullable<World['severities']> = {};
  private readonly documents: Pick<TextDocuments<TextDocument>, 'get'>;
  private readonly remembered = new Map<string, Remembered>();
  readonly files: RecipeFiles;

  /** `changed` is called when files gave something new: what was answered before is out of date. */
  constructor(documents: Pick<TextDocuments<TextDocument>, 'get'>, changed: () => void) {
    this.documents = documents;
    this.files = new RecipeFiles(changed);
  }

  /** The newest text on the files as known so far; undefined for a document that is not open, or no recipe. */
  now(uri: string): RecipeState | undefined {
    const document = this.documents.get(uri);
    if (!document || isAdapterConfig(uri)) return undefined;
    const file = this.fileOf(uri);
    const memory = this.read(document, file);
    const { recipe } = memory;
    // Asked even when the answer is remembered: it has the files compared now and then.
    const known = this.files.known(recipe.partial, file);
    if (memory.state && memory.generation === this.files.generation) return memory.state;
    if (!isHalfTyped(recipe, known)) memory.model = known.model;
    const { model } = memory;
    const world: World = { ...known, ...(model && { model }), deviceMemory: totalmem(), severities: this.severities };
    const analysis = analyse(recipe, world);
    const { diagnostics } = analysis;
    const { rulePages } = this;
    memory.state = { uri, file, document, recipe, world, model, analysis, diagnostics, rulePages };
    memory.generation = this.files.generation;
    this.keep(uri, memory);
    return memory.state;
  }

  private keep(uri: string, memory: Remembered): void {
    this.remembered.delete(uri);
    this.remembered.set(uri, memory);
    const analysed = [...this.remembered.values()].filter(({ state }) => state !== undefined);
    for (const old of analysed.slice(0, -kept)) delete old.state;
  }

  /** The newest text on its files as they are, unless those keep us waiting. */
  async settled(uri: string, limit = patience): Promise<RecipeState | undefined> {
    const state = this.now(uri);
    if (!state) return undefined;
    await this.files.settle(state.recipe.partial, state.file, limit);
    return this.now(uri);
  }

  /** What the open recipes say, by URI. */
  opened(): Map<string, RecipeDocument> {
    return new Map([...this.remembered].map(([uri, { recipe }]) => [uri, recipe]));
  }

  configure(severities: NonNullable<World['severities']>): void {
    this.severities = severities;
    for (const memory of this.remembered.values()) delete memory.state;
  }

  recheckFiles(): void {
    this.files.recheck();
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
    if (uri.startsWith('file:')) return fileURLToPath(uri);
    // One that is to be saved at a place of its own has that place in its URI.
    if (uri.startsWith('untitled:/')) return fileURLToPath(uri.replace(/^untitled:(\/\/)?/, 'file://'));
    return path.join(this.roots[0] ?? process.cwd(), 'untitled.peft');
  }
}
