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
const longest = 256;

/** A model from what encodes one word. */
export function wordModel(vocabulary: Vocabulary, word: (text: string) => Encoded): WordModel {
  const known = new Map<string, Encoded>();
  return {
    size: vocabulary.size,
    id: vocabulary.id,
    token: vocabulary.token,
    encode(piece, ids, ends) {
      let done = known.get(piece);
      if (!done) {
        done = word(piece);
        if (known.size >= remembered) known.clear();
        if (piece.length <= longest) known.set(piece, done);
      }
      for (let i = 0; i < done.ids.length; i++) ids.push(done.ids[i]!);
      if (ends) for (const end of done.ends) ends.push(end);
    },
  };
}
