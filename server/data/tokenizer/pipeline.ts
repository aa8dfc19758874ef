/** A tokenizer.json at work: added tokens, normalizer, pre-tokenizer, model; and back. Equal to the package `tokenizers`. */
import { sharedStart } from '../../base/shared-start.ts';
import { type Section, tokenFinder } from './added-tokens.ts';
import { bpe } from './bpe.ts';
import { type Decoder, decoder } from './decoders.ts';
import { type Definition, madeOf, type Part, type WordModel } from './definition.ts';
import { type Normalizer, normalizer } from './normalizers.ts';
import { type PreTokenizer, preTokenizer } from './pre-tokenizers.ts';
import { type Frames, frames } from './special-tokens.ts';
import { unigram } from './unigram.ts';
import { wordLevel, wordPiece } from './wordpiece.ts';

const models: Record<string, (part: Part) => WordModel> = {
  BPE: bpe,
  Unigram: unigram,
  WordLevel: wordLevel,
  WordPiece: wordPiece,
};

/** Files of older versions do not name the kind of the model. */
function kindOf(model: Part): string {
  if (model.type !== undefined) return model.type;
  if (model.merges) return 'BPE';
  if (Array.isArray(model.vocab)) return 'Unigram';
  return 'continuing_subword_prefix' in model ? 'WordPiece' : 'WordLevel';
}

const same = <T>(value: T): T => value;

export class Pipeline {
  /** One more than the largest id. */
  size: number;
  readonly frames: Frames;
  private readonly model: WordModel;
  private readonly normalize: Normalizer;
  private readonly cut: PreTokenizer;
  private readonly joined: Decoder | undefined;
  private readonly find: (text: string) => Section[];
  private readonly findNormalized: (text: string) => Section[];
  private readonly added = new Map<number, { content: string; special: boolean }>();
  private readonly addedIds = new Map<string, number>();

  /** Throws an Error that says which part is not supported or wrong. */
  constructor(definition: Definition) {
    this.model = madeOf(models, 'model', { ...definition.model, type: kindOf(definition.model) });
    this.normalize = definition.normalizer ? normalizer(definition.normalizer) : same;
    this.cut = definition.pre_tokenizer ? preTokenizer(definition.pre_tokenizer) : same;
    this.joined = definition.decoder ? decoder(definition.decoder) : undefined;
    this.frames = frames(definition.post_processor);
    const tokens = definition.added_tokens ?? [];
    this.size = this.model.size;
    const wanted = tokens.map((token) => {
      const given = this.model.id(token.content) ?? token.id;
      const id = given >= 0 ? given : this.size;
      const pattern = token.normalized ? this.normalize(token.content) : token.content;
      this.size = Math.max(this.size, id + 1);
      // The reference decodes a token to what it looks for.
      this.added.set(id, { content: pattern, special: token.special === true });
      this.addedIds.set(token.content, id);
      return { ...token, id, pattern };
    });
    this.find = tokenFinder(wanted.filter(({ normalized }) => !normalized));
    this.findNormalized = tokenFinder(wanted.filter(({ normalized }) => normalized));
  }

  /** The text of a special token. */
  special(id: number): string | undefined {
    const added = this.added.get(id);
    return added?.special ? added.content : undefined;
  }

  id = (token: string): number | undefined => this.addedIds.get(token) ?? this.model.id(token);

  token = (id: number): string | undefined => this.added.get(id)?.content ?? this.model.token(id);

  encode(text: string): number[] {
    return this.run(text).ids;
  }

  /** Ids, and for each of `positions` in `text` (code units) the number of the first token that covers it or comes after it. */
  locate(text: string, positions: readonly number[]): { ids: number[]; tokens: number[] } {
    const spans: Span[] = [];
    const { ids } = this.run(text, spans);
    const tokens = positions.map((position) => {
      const span = spans.find(({ to }) => position < to);
      if (!span) return ids.length;
      const at = span.place(position);
      const inside = span.ends.findIndex((end) => at < end);
      return span.first + (inside < 0 ? span.ends.length : inside);
    });
    return { ids, tokens };
  }

  decode(tokenIds: readonly number[], skipSpecial: boolean): string {
    const tokens: string[] = [];
    for (const id of tokenIds) {
      const added = this.added.get(id);
      if (added?.special && skipSpecial) continue;
      const token = added?.content ?? this.model.token(id);
      if (token !== undefined) tokens.push(token);
    }
    return this.joined ? this.joined(tokens).join('') : tokens.join(' ');
  }

  private run(given: string, spans?: Span[]): { ids: number[] } {
    const text = given.replace(/\p{Cs}/gu, '\ufffd');
    const ids: number[] = [];
    for (const section of this.find(text)) {
      if (section.id !== undefined) {
        spans?.push({ to: section.to, first: ids.length, ends: [Number.POSITIVE_INFINITY], place: same });
        ids.push(section.id);
      } else this.section(text, section, ids, spans);
    }
    return { ids };
  }

  /** What lies between the tokens that are found in the text as it is. */
  private section(text: string, { from, to }: Section, ids: number[], spans?: Span[]): void {
    const raw = text.slice(from, to);
    const normalized = this.normalize(raw);
    const span: Span = {
      to,
      first: ids.length,
      ends: [],
      place: (position) => this.place(raw, position - from, normalized),
    };
    // Where the normalizer drops the first character, no piece is the beginning.
    const kept = from === 0 && this.normalize(String.fromCodePoint(raw.codePointAt(0) ?? 0)) !== '';
    for (const part of this.findNormalized(normalized)) {
      if (part.id !== undefined) {
        ids.push(part.id);
        span.ends.push(part.to);
        continue;
      }
      const begins = kept && part.from === 0;
      const piece = { text: normalized.slice(part.from, part.to), start: part.from, ...(begins && { begins }) };
      if (piece.text === '') continue;
      for (const each of this.cut([piece])) {
        const ends: number[] | undefined = spans && [];
        this.model.encode(each.text, ids, ends);
        for (const end of ends ?? []) span.ends.push((each.origins?.[end - 1] ?? each.start + end - 1) + 1);
      }
    }
    spans?.push(span);
  }

  /** Where a position of `raw` lies in the normalized text: after what all before it becomes. */
  private place(raw: string, position: number, normalized: string): number {
    const before = sharedStart(this.normalize(raw.slice(0, position)), normalized);
    if (this.normalize === same || !/\s$/.test(raw.slice(0, position))) return before;
    // A normalizer that strips blanks loses them at the cut; what is left of the rest then tells more.
    const rest = reversed(this.normalize(raw.slice(position)));
    return Math.max(before, normalized.length - sharedStart(rest, reversed(normalized)));
  }
}

/** Tokens `first` and following, of the text up to `to`: where each ends in the normalized text, and where a position lies in it. */
interface Span {
  to: number;
  first: number;
  ends: number[];
  place(position: number): number;
}

const reversed = (text: string): string => text.split('').reverse().join('');
