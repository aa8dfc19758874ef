/** Data files as rows: no tokens, no tensors; the language server reads heads with it, the trainer whole files. */
import type { ErrorData, RankwiseError } from '../base/errors.ts';

export type DataFormat = 'jsonl' | 'json' | 'csv' | 'tsv' | 'txt' | 'parquet' | 'arrow' | 'images';

export interface Row {
  /** Absolute path of the file. */
  file: string;
  /**
   * Line that the row starts on, from 1, as editors count; in files that have no lines to count (Parquet, Arrow, JSON arrays) the
   * number of the row, from 1. `place` says it.
   */
  line: number;
  /**
   * By column. csv and tsv give strings, json and jsonl any JSON value, txt the column `text`. Parquet and Arrow give strings, numbers,
   * booleans, null, arrays, plain objects and, for bytes, `Uint8Array`s; times and dates are ISO texts.
   */
  values: Record<string, unknown>;
}

/** How far a file may be read; the row that it cuts through is left out. */
export class ByteLimit {
  readonly bytes: number;
  /** Whether there was more to read. */
  reached = false;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

export interface ReadOptions {
  limit?: ByteLimit;
  /** Hears of the bytes of the file that were read, piece by piece. */
  onBytes?(count: number): void;
  /**
   * The columns that are wanted, all where undefined. Parquet reads no others, and a 64-bit number that JavaScript cannot hold is a
   * fault only in a wanted column; text formats give what there is.
   */
  columns?: readonly string[];
}

/** What a file says of itself beside its rows. */
export interface Declared {
  columns: string[];
  /** Names of the classes by number, by column (`ClassLabel` of Hugging Face). */
  labelNames: Record<string, string[]>;
}

export interface DataHead {
  /** Every file that the patterns name, absolute and sorted. */
  files: string[];
  format: DataFormat | undefined;
  /** Columns that the files declare or the rows read have, in the order in which they appear. */
  columns: string[];
  rows: Row[];
  /** Declared columns that `rows` are without: their first values are larger than a head reads. */
  unread: string[];
  /** Names of classes that the files declare, by column. */
  labelNames: Record<string, string[]>;
  /** Faults found, instead of throwing: what an editor shows. */
  problems: RankwiseError[];
}

/** What is known of a split's files without reading all of them. */
export interface SplitFacts {
  /** Missing, unreadable or malformed files; the rest may then be empty. */
  error?: ErrorData;
  files: string[];
  /** What a run reads: absolute paths and globs, data set ids and splits resolved. Absent where nothing was found. */
  patterns?: string | string[];
  format?: string;
  columns: string[];
  /** How many rows were looked at. */
  sampled: number;
  /** Values seen in the label column among the sampled rows, by first row (1-based). */
  labels?: { value: unknown; row: number; file?: string }[];
  /** Names of the label column's classes by number, where the files declare them. */
  labelNames?: string[];
}
