/** Text to token ids and back, as the tokenizer of a model does it. */

import { RankwiseError } from '../base/errors.ts';
import { namedTokens } from '../chat/special-tokens.ts';
import { cleanUp } from './tokenizer/decoders.ts';
import { badTokenizer, readTokenizerFiles, type TokenizerFiles } from './tokenizer/files.ts';
import { Pipeline } from './tokenizer/pipeline.ts';
import { type Framed, type Frames, frame } from './tokenizer/special-tokens.ts';

export type { Framed };

export interface Tokenizer {
  /** End of text: appended to what a causal model learns to write, and where generation stops. */
  eosId: number | undefined;
  padId: number | undefined;
  /** One more than the largest id. */
  size: number;
  /** Special tokens by name: `bos_token`, `eos_token`, … */
  named: Record<string, string>;
  /** Where the definition stands. */
  file: string;
  id(token: string): number | undefined;
  /** The name of a special token, e.g. "<s>"; undefined for any other. */
  special(id: number): string | undefined;
  token(id: number): string | undefined;
  /** Ids of the text alone, without special tokens. */
  encode(text: string): number[];
  /**
   * As `encode`; and for each position in the text (code units, ascending) the number of the token that covers it, or the first
   * after it.
   */
  locate(text: string, positions: readonly number[]): { ids: number[]; tokens: number[] };
  /** Adds the special tokens around a sequence or a pair, as the tokenizer's post-processor does. */
  frame(first: readonly number[], second?: readonly number[]): Framed;
  /** Special tokens that `frame` adds, and how many of them stand before a single sequence. */
  overhead(pair: boolean): number;
  before: number;
  /** Text without special tokens. */
  decode(ids: readonly number[]): string;
}

/**
 * Reads the tokenizer files of a model folder: tokenizer.json, or those of older versions; tokenizer_config.json and config.json.
 * Throws `tokenizer-missing` or `bad-tokenizer`.
 */
export function loadTokenizer(folder: string): Tokenizer {
  const files = readTokenizerFiles(folder);
  try {
    return tokenizerOf(files);
  } catch (error) {
    if (error instanceof RankwiseError) throw error;
    throw badTokenizer(files.file, (error as Error).message);
  }
}

function tokenizerOf({ definition, config, modelConfig, file }: TokenizerFiles): Tokenizer {
  const pipeline = new Pipeline(definition);
  const named = namedTokens(config);
  const idOf = (name: string) =>
    (named[name] === undefined ? undefined : pipeline.id(named[name])) ?? firstId(modelConfig[`${name}_id`]);
  const frames = framesOf(pipeline, config, named);
  return {
    eosId: idOf('eos_token'),
    padId: idOf('pad_token'),
    size: pipeline.size,
    named,
    file,
    id: pipeline.id,
    special: (id) => pipeline.special(id),
    token: pipeline.token,
    encode: (text) => pipeline.encode(text),
    locate: (text, positions) => pipeline.locate(text, positions),
    frame: (first, second) => frame(frames, first, second),
    overhead: (pair) => frame(frames, [], pair ? [] : undefined).ids.length,
    before: frames.single.findIndex(({ ids }) => !ids),
    decode(ids) {
      const text = pipeline.decode(ids, true);
      return config.clean_up_tokenization_spaces === true ? cleanUp(text) : text;
    },
  };
}

/** The tokenizer, if the model has a vector for each of its tokens. Throws `vocabulary-too-large`. */
export function fitting(tokenizer: Tokenizer, vocabSize: number): Tokenizer {
  if (tokenizer.size <= vocabSize) return tokenizer;
  const { file, size } = tokenizer;
  throw new RankwiseError(
    'vocabulary-too-large',
    `${file}: the tokenizer has ${size} tokens, but the model's embedding only ${vocabSize}; the first beyond is "${tokenizer.token(vocabSize)}".`,
    {
      file,
      hint: 'Take the tokenizer that belongs to the model, or enlarge the model in Python: model.resize_token_embeddings(len(tokenizer)).',
    },
  );
}

/** `add_bos_token` and `add_eos_token` of tokenizer_config.json win over the post-processor, as in transformers 5. */
function framesOf(pipeline: Pipeline, config: Record<string, unknown>, named: Record<string, string>): Frames {
  const { add_bos_token: bos, add_eos_token: eos } = config;
  if (typeof bos !== 'boolean' && typeof eos !== 'boolean') return pipeline.frames;
  const slot = (wanted: unknown, name: string, type: number) => {
    const id = wanted === true && named[name] !== undefined ? pipeline.id(named[name]) : undefined;
    return id === undefined ? [] : [{ ids: [id], type }];
  };
  const around = (second: boolean, type: number) => [
    ...slot(bos, 'bos_token', type),
    { second, type },
    ...slot(eos, 'eos_token', type),
  ];
  return { single: around(false, 0), pair: [...around(false, 0), ...around(true, 1)] };
}

const firstId = (value: unknown): number | undefined => {
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return typeof id === 'number' ? id : undefined;
};
