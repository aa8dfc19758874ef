/** Data files to examples: reads every row, encodes it by the layout of its columns, checks it against the model. */
import { setImmediate as pause } from 'node:timers/promises';
import { RankwiseError } from '../base/errors.ts';
import { demandGoing } from '../base/lanes.ts';
import type { FoundTemplate } from '../chat/load.ts';
import { readRows } from '../datafiles/formats.ts';
import { noRows } from '../datafiles/head.ts';
import type { Task } from '../recipe/types.ts';
import type { ImageOptions } from './images/store.ts';
import { type EncodingProgress, progressTeller } from './progress.ts';
import { openRows, type RowSource } from './rows.ts';
import { type About, type CacheOptions, type Kept, TokenCache } from './store/cache.ts';
import { tokensKey } from './store/key.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { Dataset, Example } from './types.ts';

export interface EncodeOptions {
  task: Task;
  /** Role -> column, as in the recipe's `data.columns`; may be empty. */
  columns: Record<string, string>;
  /** Tokens per example at most: the smaller of the recipe's max_length and what the model's positions allow. */
  maxLength: number;
  vocabSize: number;
  /** Classes of the head; undefined for causal-lm. */
  numLabels?: number;
  /** Class names by number, from the model's config or the training data. */
  labelNames?: string[];
  /** Called once, and only for data that is text. */
  tokenizer(): Tokenizer;
  /** Called once, and only for data that is images. */
  images?(): ImageOptions;
  /** Called once, and only for conversations. Without it they are refused. */
  chat?(tokenizer: Tokenizer): FoundTemplate;
  /** What `chat` takes: a name or a file; without, that of the tokenizer's folder. */
  chatTemplate?: string;
  /** Where the tokenizer comes from: kept tokens are those of its files. */
  tokenizerFolder?: string;
  /** Where tokens are kept; without, all examples stay in memory. `version`: that of the program. */
  cache?: CacheOptions & { home: string; version: string };
  /** Ends the encoding; nothing is kept of it. */
  signal?: AbortSignal;
  /** Hears at most once a second. */
  progress?(progress: EncodingProgress): void;
}

/** Milliseconds of work between looks at messages. */
const slice = 50;

/**
 * Encodes all rows of the files that `patterns` name, or takes what was kept of them. Throws data-missing, data-empty, missing-column,
 * wrong-type, label-out-of-range, token-out-of-range, vocabulary-too-large, chat-template-missing, bad-chat-template,
 * chat-template-refused, the readers' errors, disk-full, cache-not-writable, aborted.
 */
export async function encodeFiles(patterns: string | readonly string[], options: EncodeOptions): Promise<Dataset> {
  const source = await openRows(patterns, options);
  const { cache } = options;
  // Images are read again when a batch is made of them.
  if (!cache || source.images) return dataset(await inMemory(source, options), [], false);
  const warnings: Dataset['warnings'] = [];
  const store = new TokenCache(cache.home, { ...cache, onWarning: (warning) => warnings.push(warning) });
  const key = await tokensKey(source.files, source.layout, options, cache.version);
  const kept = store.read(key);
  if (kept) return dataset(kept, warnings, true);
  return dataset(await store.write(key, (add) => encodeAll(source, options, add)), warnings, false);
}

const dataset = (
  { examples, warnings, labelNames, rows, tokens, close }: Omit<Kept, 'examples'> & Pick<Dataset, 'examples'>,
  more: Dataset['warnings'],
  cached: boolean,
): Dataset => ({
  examples,
  warnings: [...warnings, ...more],
  ...(labelNames && { labelNames }),
  rows,
  tokens,
  cached,
  close,
});

async function inMemory(source: RowSource, options: EncodeOptions) {
  const examples: Example[] = [];
  let tokens = 0;
  const { classes, ...about } = await encodeAll(source, options, (example) => {
    examples.push(example);
    tokens += example.ids.length;
  });
  if (classes) for (const example of examples) example.labels = example.labels.map((label) => classes[label]!);
  return { ...about, examples, tokens, close: () => {} };
}

async function encodeAll(
  source: RowSource,
  { signal, progress }: EncodeOptions,
  add: (example: Example) => void,
): Promise<About> {
  const tell = await progressTeller(source.files, progress);
  let rows = 0;
  let examples = 0;
  let paused = performance.now();
  for (const file of source.files)
    for await (const row of readRows(file, { columns: Object.values(source.layout.columns), onBytes: tell.bytes })) {
      rows++;
      const example = source.encode(row);
      if (example) {
        add(example);
        examples++;
      }
      if (performance.now() - paused < slice) continue;
      if (signal) demandGoing(signal);
      tell.rows(rows);
      await pause();
      paused = performance.now();
    }
  if (signal) demandGoing(signal);
  if (examples === 0) throw rows === 0 ? noRows(source.files) : nothingLeft(source.files, rows);
  tell.done(rows);
  return { warnings: source.warnings(rows), rows, ...source.classes() };
}

const nothingLeft = (files: string[], rows: number) =>
  new RankwiseError('data-empty', `${files.join(', ')}: none of the ${rows} rows has anything to learn from.`, {
    file: files[0]!,
    hint: 'Look for empty texts and completions, conversations without an answer of the assistant, or labels that are all −100.',
  });
