/** Examples as a model takes them: one row of tokens each, before padding. */
import type { DataWarning } from '../protocol/events.ts';

export interface Example {
  ids: Int32Array;
  /** 1 for real tokens; undefined when all are. */
  mask?: Int32Array;
  /** Undefined when all are 0. */
  typeIds?: Int32Array;
  /** Of images, whose `ids` are none. */
  image?: LazyImage;
  /** Of several examples in one row: each token's place in its own, from 0. `mask` then has the number of each token's example, from 1. */
  positions?: Int32Array;
  /** causal-lm: one per token, −100 where no loss is wanted. Classification: the class alone. Regression: the number alone, as float32. */
  labels: Labels;
}

/** An image that is decoded when it is asked for. */
export interface LazyImage {
  /** Channels, height, width. */
  shape: [number, number, number];
  /** [channels, height, width], as the model takes them. Throws `bad-image`. */
  pixels(): Float32Array;
}

/** Numbers of tokens and classes; those of a regression as they are. */
export type Labels = Int32Array | Float32Array;

/** Examples by their number; an array of them is one. They are not to be written to. */
export interface Examples {
  readonly length: number;
  at(index: number): Example | undefined;
  /** Tokens of an example, where they can be counted without reading it. */
  tokensAt?(index: number): number;
}

export const tokensAt = (examples: Examples, index: number): number =>
  examples.tokensAt?.(index) ?? examples.at(index)!.ids.length;

/** What an empty row gives: left out, and counted. */
export const nothing: Example = { ids: new Int32Array(0), labels: new Int32Array(0) };

/** A label that the loss ignores, as in torch's cross entropy. */
export const ignored = -100;

export interface Dataset {
  examples: Examples;
  /** Rows that were cut or left out, with their number: each becomes a warning event. */
  warnings: DataWarning[];
  /** Names of the classes in the order of their numbers, where the data names them. */
  labelNames?: string[];
  /** Rows of the files, and tokens of the examples. */
  rows: number;
  tokens: number;
  /** They were there from an earlier run. */
  cached: boolean;
  /** Lets the files of a large data set go; the examples are not to be asked for afterwards. */
  close(): void;
}
