/** Data files to examples: reads every row, encodes it by the layout of its columns, checks it against the model. */
import { RankwiseError } from '../base/errors.ts';
import { readRows } from '../datafiles/formats.ts';
import { findFiles } from '../datafiles/globs.ts';
import { noRows, readHead } from '../datafiles/head.ts';
import { type LayoutName, layoutOf } from '../datafiles/layouts.ts';
import type { Row } from '../datafiles/types.ts';
import type { Task } from '../recipe/types.ts';
import { Fields } from './fields.ts';
import { encodeImageLabel } from './images/image-label.ts';
import { type ImageOptions, ImageStore } from './images/store.ts';
import { ClassLabels } from './labels.ts';
import { numberLabels } from './number-labels.ts';
import { encodePromptCompletion } from './prompt-completion.ts';
import { countedEvents, type RowContext, type RowEncoder } from './row.ts';
import { encodeSourceTarget } from './source-target.ts';
import { labelKind } from './tasks.ts';
import { encodeText } from './text.ts';
import { encodeTextLabel } from './text-label.ts';
import type { Tokenizer } from './tokenizer.ts';
import { encodeTokens } from './tokens.ts';
import { type Dataset, type Example, ignored } from './types.ts';

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
}

const encoders: Record<LayoutName, RowEncoder> = {
  tokens: encodeTokens,
  'prompt-completion': encodePromptCompletion,
  'source-target': encodeSourceTarget,
  text: encodeText,
  'text-label': encodeTextLabel,
  'image-label': encodeImageLabel,
};

/**
 * Reads all rows of the files that `patterns` name. Encoded examples stay in memory (4 bytes a token and label); data that does
 * not fit is not supported yet. Throws data-missing, data-empty, missing-column, wrong-type, label-out-of-range,
 * token-out-of-range and the readers' errors.
 */
export async function encodeFiles(patterns: string | readonly string[], options: EncodeOptions): Promise<Dataset> {
  const { problems, columns: found } = await readHead(patterns);
  if (problems[0]) throw problems[0];
  const files = await findFiles(patterns);
  const layout = layoutOf(options.task, options.columns, found, files[0]!);
  const counted = new Map<keyof typeof countedEvents, number>();
  let tokenizer: Tokenizer | undefined;
  let images: ImageStore | undefined;
  const context: RowContext = {
    task: options.task,
    maxLength: options.maxLength,
    tokenizer: () => {
      tokenizer ??= options.tokenizer();
      return tokenizer;
    },
    images: () => {
      images ??= new ImageStore(options.images!());
      return images;
    },
    labels:
      labelKind(options.task) === 'number' ? numberLabels : new ClassLabels(options.numLabels ?? 0, options.labelNames),
    count: (event) => counted.set(event, (counted.get(event) ?? 0) + 1),
  };
  const examples: Example[] = [];
  let rows = 0;
  for (const file of files)
    for await (const row of readRows(file)) {
      rows++;
      const example = encoders[layout.name](new Fields(row, layout.columns), context);
      checkTokens(example, row, options.vocabSize);
      if (teaches(example, options.task)) examples.push(example);
      else context.count('rows-empty');
    }
  if (examples.length === 0) throw rows === 0 ? noRows(files) : nothingLeft(files, rows);
  const labelNames = context.labels.settle(examples);
  const warnings = [...counted].map(([code, n]) => ({ code, message: `${n} of ${rows} rows ${countedEvents[code]}.` }));
  return { examples, warnings, ...(labelNames && { labelNames }) };
}

/** The first token of a text has nothing before it that could predict it, so its label does not count. */
function teaches({ ids, image, labels }: Example, task: Task): boolean {
  if (ids.length === 0 && !image) return false;
  const kind = labelKind(task);
  // Every number is a label, −100 too.
  return kind === 'number' || (kind === 'next-token' ? labels.subarray(1) : labels).some((label) => label !== ignored);
}

function checkTokens({ ids }: Example, { file, line }: Row, vocabSize: number): void {
  const bad = ids.find((id) => id < 0 || id >= vocabSize);
  if (bad === undefined) return;
  throw new RankwiseError('token-out-of-range', `${file}:${line}: token ${bad} is outside the model's ${vocabSize}.`, {
    file,
    hint: 'The tokens must come from the tokenizer of this model.',
  });
}

const nothingLeft = (files: string[], rows: number) =>
  new RankwiseError('data-empty', `${files.join(', ')}: none of the ${rows} rows has anything to learn from.`, {
    file: files[0]!,
    hint: 'Look for empty texts and completions, or labels that are all −100.',
  });
