/** Data files as rows: no tokens, no tensors; the language server reads heads with it, the trainer whole files. */
import type { ErrorData, RankwiseError } from '../base/errors.ts';

export type DataFormat = 'jsonl' | 'csv' | 'tsv' | 'txt' | 'images';

export interface Row {
  /** Absolute path of the file. */
  file: string;
  /** Line that the row starts on, from 1, as editors count. */
  line: number;
  /** By column. csv and tsv give strings, jsonl any JSON value, txt the column `text`. */
  values: Record<string, unknown>;
}

export interface ReadOptions {
  /** Stop after this many bytes of a file that is longer than that; the last row counts as cut and is left out. */
  maxBytes?: number;
}

export interface DataHead {
  /** Every file that the patterns name, absolute and sorted. */
  files: string[];
  format: DataFormat | undefined;
  /** Columns of the rows read, in the order in which they appear. */
  columns: string[];
  rows: Row[];
  /** Faults found, instead of throwing: what an editor shows. */
  problems: RankwiseError[];
}

/** What is known of a split's files without reading all of them. */
export interface SplitFacts {
  /** Missing, unreadable or malformed files; the rest may then be empty. */
  error?: ErrorData;
  files: string[];
  format?: string;
  columns: string[];
  /** How many rows were looked at. */
  sampled: number;
  /** Values seen in the label column among the sampled rows, by first row (1-based). */
  labels?: { value: unknown; row: number; file?: string }[];
}
