/** Tokens and their ids, and the ids of the 256 byte tokens of models that fall back to bytes. */
import type { WordModel } from './definition.ts';

export class Vocabulary {
  readonly ids: Map<string, number>;
  readonly size: number;
  private readonly tokens: string[] = [];

  constructor(entries: Iterable<[string, number]>) {
    this.ids = new Map(entries);
    for (const [token, id] of this.ids) this.tokens[id] = token;
    this.size = this.tokens.length;
  }

  id = (token: string): number | undefined => this.ids.get(token);
  token = (id: number): string | undefined => this.tokens[id];

  /** Ids of the bytes of `text` as tokens <0x00> to <0xFF>; undefined when one of them is missing. */
  bytes(text: string): number[] | undefined {
    const done: number[] = [];
    for (const byte of utf8.encode(text)) {
      const id = this.ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
      if (id === undefined) return undefined;
      done.push(id);
    }
    return done;
  }
}

const utf8 = new TextEncoder();

interface Encoded {
  ids: number[];
  ends: number[];
}

/** Words come again and again: what a word became is remembered, for as many words as this. */
const remembered = 50_000;

/** `make`, with what it made of words up to `longest` remembered: nobody may change that. */
export function remembering<T>(make: (word: string) => T, longest: number): (word: string) => T {
  const known = new Map<string, T>();
  return (word) => {
    let done = known.get(word);
    if (done === undefined) {
      done = make(word);
      if (known.size >= remembered) known.clear();
      if (word.length <= longest) known.set(word, done);
    }
    return done;
  };
}

/** Code units of a word that is remembered. */
const longest = 256;

/** A model from what encodes one word. */
export function wordModel(vocabulary: Vocabulary, word: (text: string) => Encoded): WordModel {
  const encoded = remembering(word, longest);
  return {
    size: vocabulary.size,
    id: vocabulary.id,
    token: vocabulary.token,
    encode(piece, ids, ends) {
      const done = encoded(piece);
      for (let i = 0; i < done.ids.length; i++) ids.push(done.ids[i]!);
      if (ends) for (const end of done.ends) ends.push(end);
    },
  };
}
