/** The rows of data files and what makes examples of them. */

import { RankwiseError } from '../base/errors.ts';
import { Fields } from '../datafiles/fields.ts';
import { readHead } from '../datafiles/head.ts';
import { type Layout, type LayoutName, layoutOf } from '../datafiles/layouts.ts';
import { place } from '../datafiles/place.ts';
import type { Row } from '../datafiles/types.ts';
import type { DataWarning } from '../protocol/events.ts';
import type { Task } from '../recipe/types.ts';
import type { EncodeOptions } from './encode.ts';
import { encodeImageLabel } from './images/image-label.ts';
import { ImageStore } from './images/store.ts';
import { encodeInstruction } from './instruction.ts';
import { ClassLabels } from './labels.ts';
import { encodeMessages } from './messages.ts';
import { numberLabels } from './number-labels.ts';
import { encodePromptCompletion } from './prompt-completion.ts';
import { type CountedEvent, countedEvents, type RowContext, type RowEncoder } from './row.ts';
import { encodeSourceTarget } from './source-target.ts';
import { labelKind } from './tasks.ts';
import { encodeText } from './text.ts';
import { encodeTextLabel } from './text-label.ts';
import { fitting } from './tokenizer.ts';
import { encodeTokens } from './tokens.ts';
import { type Example, ignored } from './types.ts';

const encoders: Record<LayoutName, RowEncoder> = {
  tokens: encodeTokens,
  messages: encodeMessages,
  instruction: encodeInstruction,
  'prompt-completion': encodePromptCompletion,
  'source-target': encodeSourceTarget,
  text: encodeText,
  'text-label': encodeTextLabel,
  'image-label': encodeImageLabel,
};

export interface RowSource {
  /** Absolute, in their order. */
  files: string[];
  layout: Layout;
  /** Its examples hold images, which are decoded when they are asked for. */
  images: boolean;
  /** Undefined for a row with nothing to learn from. Throws RankwiseErrors naming file and line. */
  encode(row: Row): Example | undefined;
  /** What happened to how many of the rows so far. */
  counted: ReadonlyMap<CountedEvent, number>;
  /** The same in words, one of each kind, of `rows` rows. */
  warnings(rows: number): DataWarning[];
  /** After the last row: names of the classes by number, and the final number of each that `encode` gave. */
  classes(): { labelNames?: string[]; classes?: number[] };
}

/** Looks at the head of the files alone. Throws the readers' errors and those of `layoutOf`. */
export async function openRows(patterns: string | readonly string[], options: EncodeOptions): Promise<RowSource> {
  const { files, problems, columns: found, labelNames: declared } = await readHead(patterns);
  if (problems[0]) throw problems[0];
  const layout = layoutOf(options.task, options.columns, found, files[0]!);
  const counted = new Map<CountedEvent, number>();
  const tokenizer = once(() => fitting(options.tokenizer(), options.vocabSize));
  const context: RowContext = {
    task: options.task,
    maxLength: options.maxLength,
    tokenizer,
    images: once(() => new ImageStore(options.images!())),
    chat: once(() => options.chat?.(tokenizer()) ?? noTemplate(files[0]!)),
    labels:
      labelKind(options.task) === 'number'
        ? numberLabels
        : new ClassLabels(
            options.numLabels ?? 0,
            options.labelNames ?? declared[layout.columns.label ?? layout.columns.labels ?? ''],
          ),
    count: (event) => counted.set(event, (counted.get(event) ?? 0) + 1),
  };
  return {
    files,
    layout,
    images: layout.name === 'image-label',
    counted,
    encode(row) {
      const example = encoders[layout.name](new Fields(row, layout.columns), context);
      checkTokens(example, row, options.vocabSize);
      if (teaches(example, options.task)) return example;
      context.count('rows-empty');
      return undefined;
    },
    warnings: (rows) =>
      [...counted].map(([code, n]) => ({
        code,
        message: `${n} of ${rows} rows ${countedEvents[code].replace('MAX_LENGTH', String(options.maxLength))}.`,
      })),
    classes() {
      const settled = context.labels.settle();
      return settled ? { labelNames: settled.names, ...(settled.numbers && { classes: settled.numbers }) } : {};
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The first token of a text has nothing before it that could predict it, so its label does not count. */
function teaches({ ids, image, labels }: Example, task: Task): boolean {
  if (ids.length === 0 && !image) return false;
  const kind = labelKind(task);
  // Every number is a label, −100 too.
  return kind === 'number' || (kind === 'next-token' ? labels.subarray(1) : labels).some((label) => label !== ignored);
}

function checkTokens({ ids }: Example, row: Row, vocabSize: number): void {
  const bad = ids.find((id) => id < 0 || id >= vocabSize);
  if (bad === undefined) return;
  throw new RankwiseError('token-out-of-range', `${place(row)}: token ${bad} is outside the model's ${vocabSize}.`, {
    file: row.file,
    hint: 'The tokens must come from the tokenizer of this model.',
  });
}

function noTemplate(file: string): never {
  throw new RankwiseError('chat-template-missing', `${file}: conversations need a chat template.`, {
    file,
    field: 'data.chat_template',
  });
}
