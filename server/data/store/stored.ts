/** Examples in words, found by an index of three words each: where the record begins (low, high) and how many tokens it has. */
import { RankwiseError } from '../../base/errors.ts';
import type { Example, Examples } from '../types.ts';
import { fromWords } from './record.ts';
import type { Words } from './words.ts';

export const indexWords = 3;

/** The index's words for a record at word `at`. */
export const indexEntry = (at: number, tokens: number): number[] => [at | 0, Math.floor(at / 2 ** 32), tokens];

const startOf = (entry: Int32Array): number => (entry[1]! >>> 0) * 2 ** 32 + (entry[0]! >>> 0);

export class StoredExamples implements Examples {
  readonly length: number;
  private readonly index: Words;
  private readonly records: Words;
  /** Final numbers of classes, by those in the records. */
  private readonly classes: readonly number[] | undefined;
  private readonly damaged: () => RankwiseError;

  constructor(index: Words, records: Words, classes: readonly number[] | undefined, damaged: () => RankwiseError) {
    this.length = index.length / indexWords;
    this.index = index;
    this.records = records;
    this.classes = classes;
    this.damaged = damaged;
  }

  tokensAt(number: number): number {
    return this.entry(number)[2]!;
  }

  /** Throws `tokens-damaged` for a record that is not what was written. */
  at(number: number): Example | undefined {
    if (number < 0 || number >= this.length) return undefined;
    const start = startOf(this.entry(number));
    const end = number + 1 < this.length ? startOf(this.entry(number + 1)) : this.records.length;
    const sane = start >= 0 && start < end && end <= this.records.length;
    const example = sane ? fromWords(this.records.read(start, end - start)) : undefined;
    if (!example) throw this.damaged();
    if (this.classes) example.labels = example.labels.map((label) => this.classes![label]!);
    return example;
  }

  private entry(number: number): Int32Array {
    return this.index.read(indexWords * number, indexWords);
  }
}

/** Found while training: the run stops with all that it has, and what it stands on is made again when it goes on. */
export const damagedFault = (folder: string): RankwiseError =>
  new RankwiseError('tokens-damaged', `${folder}: the kept tokens of the data are damaged.`, {
    kind: 'runtime',
    file: folder,
    hint: 'They have been removed: resume the run, and they are made again. If this comes back, check the disk.',
  });
