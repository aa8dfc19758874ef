/** The first samples of a recipe's data as the model will see them. */
import type { DataWarning } from './events.ts';

export interface PreviewParams {
  /** Resolved. */
  recipeText: string;
  split: 'train' | 'validation';
  /** Samples that are shown. */
  rows: number;
  /** Show the numbers as well. */
  ids?: boolean;
  /** Of the text; default 100. */
  columns?: number;
  /** File names are shown from here on; default: the working directory. */
  cwd?: string;
}

/** A row of a batch before padding: what the model gets, and what is learned from it. */
export interface PreviewSample {
  /** Where its rows stand: one, with packing several. */
  sources: { file: string; line: number }[];
  input_ids: number[];
  /** Of images, which have no tokens: channels, height and width as the model gets them, and the smallest and largest value. */
  image?: { shape: [number, number, number]; range: [number, number] };
  /** 1 for real tokens; with packing the number of each token's example. */
  attention_mask: number[];
  token_type_ids?: number[];
  /** With packing: places in the examples. */
  position_ids?: number[];
  /** One per token, −100 where there is no loss; of models with a decoder of its own what that writes; of classifiers the class, of regressions the number. */
  labels: number[];
  /** The text of each token; null for data without a tokenizer. Of a character in several tokens the last one has all. */
  texts: (string | null)[];
  /** Places of special tokens. */
  special: number[];
  /** Places of tokens that carry loss: those that the token before has to predict. */
  loss: number[];
  className?: string;
  /** Of models with a decoder of its own: the texts of the labels, which it learns to write. */
  target_texts?: (string | null)[];
  /** Places of special tokens in these. */
  target_special?: number[];
}

export interface PreviewCounts {
  /** Rows that were looked at, and whether those are all. */
  rows: number;
  whole: boolean;
  examples: number;
  tokens: number;
  /** Of examples, in tokens. */
  lengths: { min: number; median: number; max: number };
  truncated: number;
  empty: number;
  /** Of causal models, the part of the tokens that carry loss. */
  lossShare?: number;
  /** Rows that the examples were packed into. */
  packedRows?: number;
  /** Examples of each class, by its name or number. */
  classes?: Record<string, number>;
}

export interface Preview {
  task: string;
  split: 'train' | 'validation';
  files: string[];
  /** Role -> column. */
  columns: Record<string, string>;
  maxLength: number;
  packing: boolean;
  counts: PreviewCounts;
  warnings: DataWarning[];
  samples: PreviewSample[];
}

/** How a part of a line is to look; `special-loss`: a special token that carries loss. */
export type PreviewStyle = 'plain' | 'heading' | 'dim' | 'loss' | 'special' | 'special-loss' | 'warning';
export type PreviewSpan = [style: PreviewStyle, text: string];

export interface PreviewResult {
  preview: Preview;
  /** The same for people. */
  lines: PreviewSpan[][];
}
