/** What encodes one row: the contract between `encode.ts` and the file of each layout. */

import type { FoundTemplate } from '../chat/load.ts';
import type { Fields } from '../datafiles/fields.ts';
import type { Task } from '../recipe/types.ts';
import type { ImageStore } from './images/store.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { Example, Labels } from './types.ts';

/** Happenings that are counted over a data set and told once; MAX_LENGTH stands for its number. */
export const countedEvents = {
  'rows-truncated': 'were longer than MAX_LENGTH tokens and are cut',
  'rows-empty': 'have nothing to learn from (empty, or every label ignored) and are left out',
  'boundary-merged': 'have a prompt whose last token merges with the completion; move the space to the completion',
  'no-end-token': 'end without an end token, because the tokenizer names none: generation will not know where to stop',
  'grey-16-bit':
    'are grey images of 16 bits a sample, of which the upper 8 are taken. Pillow clips such images: save them with 8 bits, so that others read the same',
} as const;
export type CountedEvent = keyof typeof countedEvents;

/** Reads the label of a row, a class or a number. */
export interface RowLabels {
  /** What `Example.labels` has of it. Throws RankwiseErrors naming file and line. */
  of(fields: Fields, role: string): Labels;
  /** After the last row, the names by number, if there are any; where the data gave them, also the final number of each that `of` gave. */
  settle(): { names: string[]; numbers?: number[] } | undefined;
}

/** What a row encoder works with besides the row. */
export interface RowContext {
  task: Task;
  maxLength: number;
  tokenizer(): Tokenizer;
  images(): ImageStore;
  /** Asked for by conversations only. */
  chat(): FoundTemplate;
  labels: RowLabels;
  count(event: CountedEvent): void;
}

/** The example, `nothing` for an empty row. Throws RankwiseErrors naming file and line. */
export type RowEncoder = (row: Fields, context: RowContext) => Example;
