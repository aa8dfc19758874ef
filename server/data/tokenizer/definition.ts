/** The parts of tokenizer.json, as far as they are read; fields are those of the package `tokenizers`. */

/** A part (normalizer, pre-tokenizer, model, …) with its kind and its fields. */
export type Part = { type?: string } & Record<string, unknown>;

export interface AddedTokenDefinition {
  id: number;
  content: string;
  /** Matches whole words only. */
  single_word?: boolean;
  /** Takes the blanks before it (`rstrip`: after it) with it. */
  lstrip?: boolean;
  rstrip?: boolean;
  /** Looked for in the normalized text rather than in the text as it is. */
  normalized?: boolean;
  /** Left out when text is decoded. */
  special?: boolean;
}

export interface Definition {
  added_tokens?: AddedTokenDefinition[];
  normalizer?: Part | null;
  pre_tokenizer?: Part | null;
  model: Part;
  post_processor?: Part | null;
  decoder?: Part | null;
}

/** A model of word pieces: `encode` appends the ids of a piece and, to `ends`, where each of them ends in it (code units). */
export interface WordModel {
  encode(piece: string, ids: number[], ends?: number[]): void;
  id(token: string): number | undefined;
  token(id: number): string | undefined;
  /** One more than the largest id. */
  size: number;
}

/** What `kinds` makes of a part; `what` names such parts. Throws an Error for a kind that is not known. */
export function madeOf<T>(kinds: Readonly<Record<string, (part: Part) => T>>, what: string, part: Part): T {
  const make = kinds[part.type ?? ''];
  if (!make) throw new Error(`the ${what} "${part.type}" is not supported`);
  return make(part);
}
