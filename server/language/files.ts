/** What stands outside the open recipes' texts: models, data heads and saved adapters, as far as they are read. */
import path from 'node:path';
import type { ErrorData } from '../base/errors.ts';
import type { World } from '../budget/types.ts';
import type { ChatFacts } from '../chat/facts.ts';
import { chatOf, loadChat } from '../checkpoint/chat-check.ts';
import type { ModelFacts } from '../checkpoint/model-facts.ts';
import { loadSavedAdapter, type SavedAdapterResult } from '../checkpoint/saved-adapter.ts';
import { loadVocabulary, type VocabularyFacts } from '../checkpoint/vocabulary.ts';
import { loadModel, loadSplit, type ModelResult } from '../checkpoint/workspace.ts';
import type { SplitFacts } from '../datafiles/types.ts';
import type { Recipe } from '../recipe/types.ts';
import { FileCache } from './filecache.ts';

/** What the editor watches for us; files outside its folders are compared again while they are in use. */
export const watchedFiles = [
  '**/{config,adapter_config,preprocessor_config}.json',
  '**/{tokenizer,tokenizer_config,special_tokens_map,added_tokens}.json',
  '**/*.jinja',
  '**/*.safetensors',
  '**/*.safetensors.index.json',
  '**/*.{jsonl,ndjson,json,csv,tsv,txt,gz,parquet,arrow}',
  '**/*.peft',
];

export interface Known extends Pick<World, 'data' | 'savedAdapters' | 'vocabulary' | 'vocabularyFault' | 'chat'> {
  model?: ModelFacts;
  modelError?: ErrorData;
}

/** The files that a recipe names, as arguments of their loaders. */
interface Named {
  model?: Parameters<typeof loadModel>;
  train?: Parameters<typeof loadSplit>;
  validation?: Parameters<typeof loadSplit>;
  adapters: Parameters<typeof loadSavedAdapter>[];
}

export class RecipeFiles {
  /** Grows whenever something was read: what was worked out before may be out of date. */
  generation = 0;
  private readonly models: FileCache<ModelResult>;
  private readonly splits: FileCache<SplitFacts>;
  private readonly adapters: FileCache<SavedAdapterResult>;
  private readonly vocabularies: FileCache<VocabularyFacts>;
  private readonly chats: FileCache<ChatFacts>;

  constructor(changed: () => void) {
    const cache = <A extends unknown[], V>(load: (...args: A) => Promise<{ value: V; files: string[] }>) =>
      new FileCache<V>(
        (key) => load(...(JSON.parse(key) as A)),
        () => {
          this.generation++;
          changed();
        },
      );
    this.models = cache(loadModel);
    this.splits = cache(loadSplit);
    this.vocabularies = cache(loadVocabulary);
    this.chats = cache(loadChat);
    this.adapters = cache(async (folder: string, saved: string) => loadSavedAdapter(folder, saved));
  }

  /** From memory; what is missing is read in the background. `file` is the recipe's path. */
  known(recipe: Recipe, file: string): Known {
    const { model, train, validation, adapters } = namedBy(recipe, path.dirname(file));
    const read = (args: Named['train']) => args && this.splits.get(JSON.stringify(args));
    const data = { train: read(train), validation: read(validation) };
    const saved = adapters.map((args) => [args[1], this.adapters.get(JSON.stringify(args))] as const);
    const found = model && this.models.get(JSON.stringify(model));
    const tokenizer = tokenizerOf(recipe, found);
    const talk = chatIn(recipe, path.dirname(file), found, data.train);
    const chat = talk && this.chats.get(JSON.stringify(talk));
    return {
      ...found,
      ...(tokenizer && this.vocabularies.get(JSON.stringify(tokenizer))),
      ...(chat && { chat }),
      data: { ...(data.train && { train: data.train }), ...(data.validation && { validation: data.validation }) },
      savedAdapters: Object.fromEntries(saved.flatMap(([name, value]) => (value ? [[name, value]] : []))),
    };
  }

  /** Resolves when everything that the recipe names has been read, or after `limit` ms. */
  async settle(recipe: Recipe, file: string, limit: number): Promise<void> {
    const { model, train, validation, adapters } = namedBy(recipe, path.dirname(file));
    const found = model && this.models.settled(JSON.stringify(model));
    const rows = train && this.splits.settled(JSON.stringify(train));
    const tokens = async () => {
      const tokenizer = tokenizerOf(recipe, await found);
      if (tokenizer) await this.vocabularies.settled(JSON.stringify(tokenizer));
    };
    const talks = async () => {
      const talk = chatIn(recipe, path.dirname(file), await found, await rows);
      if (talk) await this.chats.settled(JSON.stringify(talk));
    };
    const reading = Promise.all([
      tokens(),
      talks(),
      validation && this.splits.settled(JSON.stringify(validation)),
      ...adapters.map((args) => this.adapters.settled(JSON.stringify(args))),
    ]);
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise((resolve) => {
      timer = setTimeout(resolve, limit);
    });
    await Promise.race([reading, tooLong]);
    clearTimeout(timer);
  }

  /** Compares everything read with its files. */
  recheck(): void {
    this.models.recheck();
    this.splits.recheck();
    this.adapters.recheck();
    this.vocabularies.recheck();
    this.chats.recheck();
  }
}

/** More saved adapters than a recipe combines; the rest is not judged. */
const maxAdapters = 16;

/** Of a recipe with data; others need none. */
function tokenizerOf({ data }: Recipe, found: ModelResult | undefined): Parameters<typeof loadVocabulary> | undefined {
  if (!data || !found || !('model' in found)) return undefined;
  const { tokenizerFile, table } = found.model;
  return tokenizerFile === undefined ? undefined : [tokenizerFile, table.shape.vocab];
}

function chatIn(
  recipe: Recipe,
  folder: string,
  found: ModelResult | undefined,
  train: SplitFacts | undefined,
): Parameters<typeof loadChat> | undefined {
  const ask = found && 'model' in found ? chatOf(recipe, found.model.dir, train) : undefined;
  return ask && [folder, ask];
}

function namedBy({ model, data, adapters }: Recipe, folder: string): Named {
  const { path: spec, task, num_labels } = model;
  const columns = data?.columns ?? {};
  const split = (patterns: string | string[], role: 'train' | 'validation'): NonNullable<Named['train']> => [
    folder,
    patterns,
    { role, task, columns },
  ];
  const validation = typeof data?.validation === 'number' ? undefined : data?.validation;
  const saved = adapters.flatMap(({ path: name }) => (name === undefined ? [] : [name]));
  return {
    ...(spec !== '' && { model: [folder, { path: spec, task, ...(num_labels !== undefined && { num_labels }) }] }),
    ...(data?.train && { train: split(data.train, 'train') }),
    ...(validation && { validation: split(validation, 'validation') }),
    adapters: saved.slice(0, maxAdapters).map((name) => [folder, name]),
  };
}
