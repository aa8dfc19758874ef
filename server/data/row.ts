/** What encodes one row: the contract between `encode.ts` and the file of each layout. */
import type { Task } from '../recipe/types.ts';
import type { Fields } from './fields.ts';
import type { ImageStore } from './images/store.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { Example, Labels } from './types.ts';

/** Happenings that are counted over a data set and told once. */
export const countedEvents = {
  'rows-truncated': 'were longer than max_length and are cut',
  'rows-empty': 'have nothing to learn from (empty, or every label ignored) and are left out',
  'boundary-merged': 'have a prompt whose last token merges with the completion; move the space to the completion',
  'no-end-token': 'end without an end token, because the tokenizer names none: generation will not know where to stop',
  'grey-16-bit':
    'are grey images of 16 bits a sample, of which the upper 8 are taken. Pillow clips such images: save them with 8 bits, so that others read the same',
} as const;

/** Reads the label of a row, a class or a number. */
export interface RowLabels {
  /** What `Example.labels` has of it. Throws RankwiseErrors naming file and line. */
  of(fields: Fields, role: string): Labels;
  /** After the last row: names found in the data get their final numbers, in `examples` too; the names by number, if there are any. */
  settle(examples: readonly Example[]): string[] | undefined;
}

/** What a row encoder works with besides the row. */
export interface RowContext {
  task: Task;
  maxLength: number;
  tokenizer(): Tokenizer;
  images(): ImageStore;
  labels: RowLabels;
  count(event: keyof typeof countedEvents): void;
}

/** The example, `nothing` for an empty row. Throws RankwiseErrors naming file and line. */
export type RowEncoder = (row: Fields, context: RowContext) => Example;
